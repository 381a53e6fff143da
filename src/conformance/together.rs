//! Several calls under way at once, in one task and without a runtime.

use alloc::{boxed::Box, vec::Vec};
use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

/// One of them.
pub(super) type Part<'f, T> = Pin<Box<dyn Future<Output = T> + 'f>>;

/// Polls all of them in turn, as a server does with its connections. The answers stand in the order of the parts.
pub(super) async fn together<'f, T>(parts: impl IntoIterator<Item = Part<'f, T>>) -> Vec<T> {
    let mut waiting: Vec<_> = parts.into_iter().enumerate().collect();
    let mut answers = Vec::new();
    poll_fn(|context| {
        waiting.retain_mut(|(place, part)| match part.as_mut().poll(context) {
            Poll::Ready(answer) => {
                answers.push((*place, answer));
                false
            }
            Poll::Pending => true,
        });
        if waiting.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.sort_unstable_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Pending so many times, and awake again at once: lets the others go on.
pub(super) async fn pending(polls: u32) {
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
