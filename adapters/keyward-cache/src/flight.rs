//! One load of one key, that all drive who wait for it.

use std::{
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use keyward::Subject;

use crate::{
    fresh::Began,
    sync::{Mutex, try_lock},
    wakers::Wakers,
};

/// What the store answered, for all who waited.
pub(crate) type Answer<E> = Result<Option<Subject>, Arc<E>>;

pub(crate) type Loading<E> = Pin<Box<dyn Future<Output = Answer<E>> + Send>>;

pub(crate) struct Flight<E> {
    pub(crate) began: Began,
    load: Mutex<Load<E>>,
    /// Apart from the load, which a waker that the store keeps would else keep alive.
    wakers: Arc<Wakers>,
}

enum Load<E> {
    Loading(Loading<E>),
    Landed(Answer<E>),
    /// The store panicked.
    Lost,
}

/// How a waiter finds its load.
pub(crate) enum Found<E> {
    /// It has the answer just now, and is to be landed by whoever learns this.
    First(Answer<E>),
    /// It had the answer.
    Landed(Answer<E>),
    /// It will never have one.
    Lost,
}

impl<E> Flight<E> {
    pub(crate) fn new(began: Began, loading: Loading<E>) -> Self {
        Self { began, load: Mutex::new(Load::Loading(loading)), wakers: Arc::default() }
    }

    pub(crate) fn join(&self) -> u64 {
        self.wakers.join()
    }

    pub(crate) fn poll(&self, id: u64, cx: &Context<'_>) -> Poll<Found<E>> {
        self.wakers.wait(id, cx.waker());
        let held = try_lock(&self.load).or_else(|| {
            self.wakers.miss(id);
            // Whoever drove it may have looked for those that miss it just before.
            try_lock(&self.load)
        });
        let Some(mut load) = held else { return Poll::Pending };
        // Out of its place while it is polled, so that one that panics is not polled again.
        let found = match mem::replace(&mut *load, Load::Lost) {
            Load::Lost => Poll::Ready(Found::Lost),
            Load::Landed(answer) => {
                *load = Load::Landed(answer.clone());
                Poll::Ready(Found::Landed(answer))
            }
            Load::Loading(mut loading) => {
                let waker = Waker::from(Arc::clone(&self.wakers));
                match loading.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Ready(answer) => {
                        *load = Load::Landed(answer.clone());
                        Poll::Ready(Found::First(answer))
                    }
                    Poll::Pending => {
                        *load = Load::Loading(loading);
                        Poll::Pending
                    }
                }
            }
        };
        drop(load);
        match &found {
            Poll::Ready(_) => self.wakers.wake_all(),
            Poll::Pending => self.wakers.wake_missed(),
        }
        found
    }

    /// One waits no more; the others go on.
    pub(crate) fn leave(&self, id: u64) {
        self.wakers.leave(id);
        self.wakers.wake_all();
    }
}
