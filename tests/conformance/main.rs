//! The checks of duties: the store and the guard in memory keep all of theirs, and whatever breaks one fails that one.
#![cfg(all(feature = "memory", feature = "conformance"))]

mod guards;
mod rows;
mod stores;
mod wrappers;

/// Ready at the second poll.
pub async fn pause() {
    let mut polled = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut polled, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
