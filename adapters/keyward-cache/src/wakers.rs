//! Who waits for a load, and is told when it may go on.

use std::{
    collections::BTreeMap,
    mem,
    sync::Arc,
    task::{Wake, Waker},
};

use crate::sync::{Mutex, lock};

/// The store wakes all who wait: whoever comes first drives the load on, so that none depends on another that is dropped,
/// or held and never polled again.
#[derive(Default)]
pub(crate) struct Wakers(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    next: u64,
    of: BTreeMap<u64, Waiter>,
}

struct Waiter {
    waker: Waker,
    /// It came while another one was driving.
    missed: bool,
}

impl Waiter {
    fn wake(self) {
        self.waker.wake();
    }
}

impl Wakers {
    /// A number for one more.
    pub(crate) fn join(&self) -> u64 {
        let mut waiting = lock(&self.0);
        waiting.next += 1;
        waiting.next
    }

    pub(crate) fn wait(&self, id: u64, waker: &Waker) {
        let waker = waker.clone();
        let before = lock(&self.0).of.insert(id, Waiter { waker, missed: false });
        drop(before);
    }

    pub(crate) fn miss(&self, id: u64) {
        if let Some(waiter) = lock(&self.0).of.get_mut(&id) {
            waiter.missed = true;
        }
    }

    pub(crate) fn leave(&self, id: u64) {
        let left = lock(&self.0).of.remove(&id);
        drop(left);
    }

    /// Those who came while the load was driven, once it is not: what woke them may have been for nobody else.
    pub(crate) fn wake_missed(&self) {
        let mut waiting = lock(&self.0);
        let all = mem::take(&mut waiting.of).into_iter();
        let missed: BTreeMap<_, _>;
        (missed, waiting.of) = all.partition(|(_, waiter)| waiter.missed);
        drop(waiting);
        missed.into_values().for_each(Waiter::wake);
    }

    /// Without the lock: a waker may run what it wakes.
    pub(crate) fn wake_all(&self) {
        let all = mem::take(&mut lock(&self.0).of);
        all.into_values().for_each(Waiter::wake);
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}
