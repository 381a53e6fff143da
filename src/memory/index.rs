//! The key index: what look-ups read.

use std::{
    array,
    boxed::Box,
    hash::{BuildHasher, RandomState},
    iter,
    sync::Arc,
    vec::Vec,
};

use arc_swap::ArcSwapOption;

use super::{
    cell::Cell,
    copies::{self, Copies, Room},
};
use crate::{
    encoding::{halves_product, laid_over},
    id::KeyId,
    subject::Subject,
};

/// One for every value of two bytes: half a megabyte for a store without a row, and sixteen rows in each for one with a
/// million.
const BUCKETS: usize = 1 << 16;

/// Rows that are never changed where they stand: a change puts a copy of their few neighbours in their place. So a
/// look-up takes no lock, and all that it writes is the count of the subject that it hands out. Two threads meet there
/// where both ask for one hot key, and nowhere else; such a key is given [copies](Copies).
///
/// Every key id is hashed once: two bytes of the hash say which bucket, four others which row may be its.
pub(super) struct Index {
    seed: Seed,
    buckets: Box<[Bucket]>,
    /// Which keys have copies.
    room: Arc<Room>,
}

type Bucket = ArcSwapOption<Rows>;

#[derive(Clone, Copy)]
enum Change {
    Refresh,
    Spread,
    /// Takes the copies away.
    Gather,
}

/// At least one. The first stands inside: most buckets of a small store have no other, and a look-up reads one place less.
#[derive(Clone)]
struct Rows {
    first: Slot,
    more: Vec<Slot>,
}

impl Rows {
    fn find(&self, mark: u32, key: &KeyId) -> Option<&Slot> {
        if self.first.is_of(mark, key) {
            return Some(&self.first);
        }
        self.more.iter().find(|slot| slot.is_of(mark, key))
    }

    fn find_mut(&mut self, mark: u32, key: &KeyId) -> Option<&mut Slot> {
        iter::once(&mut self.first).chain(&mut self.more).find(|slot| slot.is_of(mark, key))
    }
}

/// Random numbers of this store's own, one for each part of a key id, so that nobody can tell which key ids meet in it.
///
/// Where callers could fill the maps, std's `SipHash` would be called for; here the application does, and callers only
/// ask. A sum of products, much like the NH of UMAC (RFC 4418 §5.2.2), is several times faster: none waits for another.
struct Seed([u128; size_of::<KeyId>().div_ceil(size_of::<u128>())]);

impl Seed {
    fn new() -> Self {
        let random = RandomState::new();
        let word = |part| u128::from(random.hash_one(part));
        Self(array::from_fn(|part| word((part, 0)) << u64::BITS | word((part, 1))))
    }

    #[inline]
    fn hash(&self, key: &KeyId) -> u64 {
        let sums = key.numbers().zip(&self.0).map(|(number, random)| number.wrapping_add(*random));
        laid_over(sums.map(halves_product).fold(0, u128::wrapping_add))
    }
}

/// A row, and its part of the hash, so that its neighbours are told from it without a look at them.
#[derive(Clone)]
struct Slot {
    mark: u32,
    /// Of a held row's account. It would take four billion changes of an account between two look-ups to come round.
    version: u32,
    row: Row,
}

/// What stands under a key id, for good.
#[derive(Clone)]
pub(super) enum Row {
    Held(Held),
    /// No record has it any more, and none will.
    Tombstone(Box<KeyId>),
}

/// A subject, and the cell that says whether its account is the current one.
#[derive(Clone)]
pub(super) struct Held {
    cell: Arc<Cell>,
    subject: Subject,
    copies: Option<Arc<Copies>>,
}

impl Held {
    pub(super) fn subject(&self) -> &Subject {
        &self.subject
    }
}

impl Row {
    #[inline]
    fn is_of(&self, key: &KeyId) -> bool {
        match self {
            Self::Held(held) => held.subject.credential().is(key),
            Self::Tombstone(id) => **id == *key,
        }
    }
}

impl Slot {
    #[inline]
    fn is_of(&self, mark: u32, key: &KeyId) -> bool {
        self.mark == mark && self.row.is_of(key)
    }

    /// What is held, if it is of the account as it is now.
    fn current(&self) -> Option<&Held> {
        match &self.row {
            Row::Held(held) if self.version == held.cell.version() => Some(held),
            _ => None,
        }
    }

    /// Brings the subject up to its account as it is now.
    fn refresh(&mut self) {
        let Row::Held(held) = &mut self.row else { return };
        if self.version != held.cell.version() {
            let (version, account) = held.cell.read();
            (self.version, held.subject) = (version, held.subject.under(account));
            held.copies = None;
        }
    }

    fn gather(&mut self) {
        if let Row::Held(held) = &mut self.row {
            held.copies = None;
        }
    }

    /// Copies for threads that meet at the subject.
    fn spread(&mut self, room: &Arc<Room>) {
        if let Row::Held(held) = &mut self.row {
            held.copies = Copies::of(&held.subject, room).map(Arc::new);
        }
    }
}

impl Default for Index {
    fn default() -> Self {
        let buckets = iter::repeat_with(Bucket::empty).take(BUCKETS).collect();
        Self { seed: Seed::new(), buckets, room: Arc::default() }
    }
}

impl Index {
    pub(super) fn find(&self, key: &KeyId) -> Option<Subject> {
        let (bucket, mark) = self.place(key);
        let change = {
            let rows = bucket.load();
            let slot = rows.as_ref()?.find(mark, key)?;
            match (slot.current(), &slot.row) {
                (Some(Held { copies: Some(copies), .. }), _) => return Some(copies.mine().clone()),
                (Some(Held { subject, .. }), _) if subject.is_shared() && copies::met() => Change::Spread,
                (Some(Held { subject, .. }), _) => return Some(subject.clone()),
                (None, Row::Tombstone(_)) => return None,
                (None, Row::Held(_)) => Change::Refresh,
            }
        };
        if matches!(change, Change::Spread)
            && let Some(outlived) = self.room.outlived()
        {
            let (bucket, mark) = self.place(&outlived);
            self.change(bucket, mark, &outlived, Change::Gather);
        }
        self.change(bucket, mark, key, change)
    }

    /// Apart, and seldom called.
    #[inline(never)]
    fn change(&self, bucket: &Bucket, mark: u32, key: &KeyId, change: Change) -> Option<Subject> {
        bucket.rcu(|rows| {
            let mut rows = Rows::clone(rows.as_ref()?);
            match (rows.find_mut(mark, key), change) {
                (Some(slot), Change::Refresh) => slot.refresh(),
                (Some(slot), Change::Spread) => slot.spread(&self.room),
                (Some(slot), Change::Gather) => slot.gather(),
                (None, _) => {}
            }
            Some(Arc::new(rows))
        });
        self.at(*key, |row| match row {
            Some(Row::Held(held)) => Some(held.subject.clone()),
            _ => None,
        })
    }

    /// What `look` makes of the row under `key`.
    pub(super) fn at<T>(&self, key: KeyId, look: impl FnOnce(Option<&Row>) -> T) -> T {
        let (bucket, mark) = self.place(&key);
        let rows = bucket.load();
        look(rows.as_ref().and_then(|rows| rows.find(mark, &key)).map(|slot| &slot.row))
    }

    /// Puts a subject that was built of the account that `cell` had at `version`.
    pub(super) fn hold(&self, cell: Arc<Cell>, version: u32, subject: Subject) {
        self.put(subject.key_id(), version, Row::Held(Held { cell, subject, copies: None }));
    }

    pub(super) fn bury(&self, key: KeyId) {
        self.put(key, 0, Row::Tombstone(Box::new(key)));
    }

    fn put(&self, key: KeyId, version: u32, row: Row) {
        let (bucket, mark) = self.place(&key);
        let new = Slot { mark, version, row };
        // Where somebody else changed the rows meanwhile, those are what is changed.
        bucket.rcu(|rows| {
            let Some(rows) = rows else {
                return Some(Arc::new(Rows { first: new.clone(), more: Vec::new() }));
            };
            let mut rows = Rows::clone(rows);
            if let Some(slot) = rows.find_mut(mark, &key) {
                *slot = new.clone();
            } else {
                rows.more.reserve_exact(1);
                rows.more.push(new.clone());
            }
            Some(Arc::new(rows))
        });
    }

    #[allow(clippy::indexing_slicing, reason = "there is a bucket for every value of two bytes")]
    fn place(&self, key: &KeyId) -> (&Bucket, u32) {
        let [low, high, a, b, c, d, ..] = self.seed.hash(key).to_le_bytes();
        let bucket = &self.buckets[usize::from(u16::from_le_bytes([low, high]))];
        (bucket, u32::from_le_bytes([a, b, c, d]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        memory::copies::{
            MAX_COPIED,
            tests::{numbered, subject},
        },
        policy::ModulePolicy,
        time::Timestamp,
    };

    fn copied(index: &Index, key: KeyId) -> bool {
        index.at(key, |row| matches!(row, Some(Row::Held(held)) if held.copies.is_some()))
    }

    #[test]
    fn a_key_that_threads_meet_at_is_copied_and_every_change_of_it_counts_all_the_same() {
        let (index, subject) = (Index::default(), subject());
        let (key, account) = (subject.key_id(), subject.account().clone());
        let cell = Arc::new(Cell::new(account.clone()));
        index.hold(Arc::clone(&cell), cell.version(), subject.clone());
        // `subject` is held all the time, as if by another thread.
        (0..1000).for_each(|_| assert!(index.find(&key).is_some()));
        assert!(copied(&index, key));
        assert!(index.find(&key).unwrap().account().module("events").is_none());

        cell.put(account.enable("events", ModulePolicy::default()));
        assert!(index.find(&key).unwrap().account().module("events").is_some());
        assert!(!copied(&index, key), "they are of a record that is no more");

        (0..1000).for_each(|_| drop(index.find(&key).map(|found| (found.clone(), index.find(&key)))));
        assert!(copied(&index, key));
        index.hold(Arc::clone(&cell), cell.version(), subject.revoked(Timestamp::from_unix(1)));
        assert!(index.find(&key).unwrap().credential().revoked_at().is_some());
        index.bury(key);
        assert!(index.find(&key).is_none());
    }

    #[test]
    fn a_key_that_one_thread_asks_for_and_lets_go_is_not_copied() {
        let (index, subject) = (Index::default(), subject());
        let key = subject.key_id();
        let cell = Arc::new(Cell::new(subject.account().clone()));
        index.hold(Arc::clone(&cell), cell.version(), subject);
        (0..10_000).for_each(|_| drop(index.find(&key)));
        assert!(!copied(&index, key));
    }

    #[test]
    fn where_there_is_no_room_left_the_key_that_has_had_copies_longest_makes_some() {
        let index = Index::default();
        let count = u16::try_from(MAX_COPIED).unwrap() + 1;
        let subjects: Vec<_> = (0..count).map(numbered).collect();
        for subject in &subjects {
            let cell = Arc::new(Cell::new(subject.account().clone()));
            index.hold(Arc::clone(&cell), cell.version(), subject.clone());
            // Each is held all the time, as by slow requests.
            (0..1000).for_each(|_| assert!(index.find(&subject.key_id()).is_some()));
        }
        let copied: Vec<_> = subjects.iter().map(|subject| copied(&index, subject.key_id())).collect();
        assert!(!copied[0] && copied[1..].iter().all(|copied| *copied));
    }

    #[test]
    fn keys_lie_in_all_buckets_alike_and_elsewhere_in_every_store() {
        let (one, other) = (Seed::new(), Seed::new());
        let keys = (0..100_000).map(|number| std::format!("kwk_{number:016}").parse::<KeyId>().unwrap());
        let mut buckets: Vec<u32> = iter::repeat_n(0, 1 << 16).collect();
        let mut alike = 0;
        for key in keys {
            let [low, high, ..] = one.hash(&key).to_le_bytes();
            buckets[usize::from(u16::from_le_bytes([low, high]))] += 1;
            alike += u32::from(one.hash(&key) == other.hash(&key));
        }
        // 1.5 a bucket: with chance alone more than 20 in one is rarer than once in ten thousand million runs.
        assert!(buckets.iter().all(|held| *held <= 20), "{:?}", buckets.iter().max());
        assert_eq!(alike, 0);
    }
}
