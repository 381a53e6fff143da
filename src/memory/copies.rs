//! Copies of a subject that many threads ask for at once, so that each of them counts at another.
//!
//! Handing out a subject and dropping it writes its count. Where two processors write one place in turn, each waits for
//! the other about as long as a verdict takes.

use std::{
    boxed::Box,
    cell::Cell,
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{id::KeyId, subject::Subject};

/// Copies of one subject: two threads of as many as a small server has processors seldom share one.
pub(super) const COPIES: usize = 16;

/// Subjects of a store with copies: with some six kilobytes each they take two megabytes at most. Whoever has more hot
/// keys than that has threads that seldom meet at one of them.
pub(super) const MAX_COPIED: usize = 256;

/// How often a thread meets others until the key at hand is given copies. A key is met as often as it is hot, or as long
/// as slow requests hold it; the latter gain nothing, and in time make room for others.
const MEETINGS: usize = 256;

/// More than a line of any cache. What is read of one copy is not to lie in a line with the count of the next.
type Apart = [u8; 128];

/// A subject for each of some groups of threads.
pub(super) struct Copies {
    lanes: [(Subject, Box<Apart>); COPIES],
    room: Arc<Room>,
}

/// Which subjects of a store have copies, those that have had them longest first.
#[derive(Default)]
pub(super) struct Room(Mutex<VecDeque<KeyId>>);

impl Room {
    /// Whose copies make room for another's, where there is none left: one that is still hot soon has them again.
    pub(super) fn outlived(&self) -> Option<KeyId> {
        let taken = self.lock();
        if taken.len() < MAX_COPIED { None } else { taken.front().copied() }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<KeyId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Copies {
    /// `None`: there is no room.
    pub(super) fn of(subject: &Subject, room: &Arc<Room>) -> Option<Self> {
        let mut taken = room.lock();
        if taken.len() >= MAX_COPIED {
            return None;
        }
        taken.push_back(subject.key_id());
        drop(taken);
        let lanes = core::array::from_fn(|_| (subject.copied(), Box::new([0; _])));
        Some(Self { lanes, room: Arc::clone(room) })
    }

    /// The one of this thread.
    #[inline]
    #[allow(clippy::indexing_slicing, reason = "a remainder by the number of copies")]
    pub(super) fn mine(&self) -> &Subject {
        &self.lanes[THREAD.with(Thread::number) % COPIES].0
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        let [(subject, _), ..] = &self.lanes;
        let key = subject.key_id();
        let mut taken = self.room.lock();
        let place = taken.iter().position(|held| *held == key);
        place.and_then(|place| taken.remove(place));
    }
}

/// Counts that this thread has met another at a subject, and says whether that was once too often.
#[inline]
pub(super) fn met() -> bool {
    THREAD.with(|thread| {
        let meetings = thread.meetings.get() + 1;
        thread.meetings.set(meetings % MEETINGS);
        meetings == MEETINGS
    })
}

/// Threads are numbered as they come, in all stores alike: nothing depends on a number but which copy is taken.
static NEXT: AtomicUsize = AtomicUsize::new(1);

std::thread_local! {
    static THREAD: Thread = const { Thread { number: Cell::new(0), meetings: Cell::new(0) } };
}

struct Thread {
    /// Zero until it is asked for.
    number: Cell<usize>,
    meetings: Cell<usize>,
}

impl Thread {
    #[inline]
    fn number(&self) -> usize {
        if self.number.get() == 0 {
            self.number.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        self.number.get()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::{collections::HashSet, sync::Barrier, thread, vec::Vec};

    use super::*;
    use crate::{
        access::AccessLevel,
        account::Account,
        credential::{By, Keep, KeyRing, Pepper},
        entropy::EntropyError,
        network::Allowlist,
        time::Timestamp,
        user::ApiUser,
    };

    pub(in crate::memory) fn subject() -> Subject {
        numbered(0)
    }

    pub(in crate::memory) fn numbered(number: u16) -> Subject {
        let ring = KeyRing::new(Pepper::new(1, [7; 32]).unwrap());
        let (account, id) = ("acme".parse().unwrap(), "u1".parse().unwrap());
        let mut user = ApiUser::new(account, id, "till", AccessLevel::Full, Allowlist::Any).unwrap();
        let mut next = u32::from(number) << 8;
        let mut counter = |bytes: &mut [u8]| -> Result<(), EntropyError> {
            for byte in bytes {
                next = next.wrapping_mul(0x0019_660D).wrapping_add(0x3C6E_F35F);
                *byte = next.to_be_bytes()[0];
            }
            Ok(())
        };
        let by = By::new("admin", Timestamp::from_unix(0));
        let key = user.issue(Keep::Hashed, &ring, by, &mut counter).unwrap().key_id();
        Subject::new(Arc::new(Account::new(account)), Arc::new(user), key).unwrap()
    }

    #[test]
    fn threads_that_come_one_after_another_have_copies_of_their_own() {
        let (subject, room) = (subject(), Arc::default());
        let copies = Copies::of(&subject, &room).unwrap();
        let threads = Barrier::new(4);
        let taken: Vec<usize> = thread::scope(|scope| {
            let mine = || {
                let mine = copies.mine();
                assert!(!mine.is_shared());
                let held = mine.clone();
                assert!(mine.is_shared() && !subject.is_shared());
                threads.wait();
                assert_eq!(held.key_id(), subject.key_id());
                copies.lanes.iter().position(|lane| core::ptr::eq(&raw const lane.0, mine)).unwrap()
            };
            let spawned: Vec<_> = (0..4).map(|_| scope.spawn(mine)).collect();
            spawned.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(taken.iter().collect::<HashSet<_>>().len(), 4, "{taken:?}");
    }

    #[test]
    fn a_store_copies_no_more_subjects_than_it_may() {
        let (subject, room) = (subject(), Arc::default());
        let mut held: Vec<_> = (0..MAX_COPIED).map(|_| Copies::of(&subject, &room).unwrap()).collect();
        assert!(Copies::of(&subject, &room).is_none());
        assert_eq!(room.outlived(), Some(subject.key_id()));
        held.pop();
        assert_eq!(room.outlived(), None, "what is dropped makes room");
        assert!(Copies::of(&subject, &room).is_some());
    }

    #[test]
    fn a_key_is_met_many_times_before_it_is_copied() {
        thread::spawn(|| {
            for _ in 0..3 {
                assert_eq!((1..=MEETINGS).find(|_| met()), Some(MEETINGS));
            }
        })
        .join()
        .unwrap();
    }
}
