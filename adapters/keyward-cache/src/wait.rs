//! One who waits for a load.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use keyward::{KeyId, Lookup};

use crate::{
    cached::Cached,
    clock::Clock,
    flight::{Answer, Flight, Found},
};

/// Ends with what the store answered; with `None` where it never will. Dropped, it leaves the load to the others, and the
/// last one takes it along.
pub(crate) struct Wait<'c, L: Lookup, C: Clock> {
    cached: &'c Cached<L, C>,
    key: KeyId,
    pub(crate) flight: Arc<Flight<L::Error>>,
    id: u64,
    done: bool,
    lost: bool,
}

impl<'c, L: Lookup, C: Clock> Wait<'c, L, C> {
    pub(crate) fn new(cached: &'c Cached<L, C>, key: KeyId, flight: Arc<Flight<L::Error>>) -> Self {
        let id = flight.join();
        Self { cached, key, flight, id, done: false, lost: false }
    }
}

impl<L: Lookup, C: Clock> Future for Wait<'_, L, C> {
    type Output = Option<Answer<L::Error>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Poll::Ready(found) = self.flight.poll(self.id, cx) else { return Poll::Pending };
        Poll::Ready(match found {
            Found::First(answer) => {
                self.done = true;
                self.cached.land(self.key, &self.flight, &answer);
                Some(answer)
            }
            Found::Landed(answer) => {
                self.done = true;
                Some(answer)
            }
            Found::Lost => {
                self.lost = true;
                None
            }
        })
    }
}

impl<L: Lookup, C: Clock> Drop for Wait<'_, L, C> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let mut flights = self.cached.flights().lock(&self.key);
        let mut left = None;
        if let Some(slot) = flights.get_mut(&self.key).filter(|slot| slot.is(&self.flight)) {
            slot.waiting = slot.waiting.saturating_sub(1);
            if slot.waiting == 0 || self.lost {
                left = flights.remove(&self.key);
            }
        }
        drop(flights);
        drop(left);
        self.flight.leave(self.id);
    }
}
