//! Room for one derived key beside a record: read without a lock, filled seldom, wiped on drop.

use alloc::boxed::Box;
use core::{
    fmt,
    sync::atomic::{AtomicU32, Ordering, fence},
};

use zeroize::Zeroize;

use crate::secret::{Wiped, wiped};

/// What a key was derived for: other than that, it is no key for anyone.
pub(crate) type Label = [u8; 20];

/// Room for one key of 64 bytes under its label.
///
/// A sequence lock over atomic words. Readers write nothing, so however many verify with one hot key, none waits for
/// another; a reader that meets a writer, and a writer that meets another, go without.
pub(crate) struct Slot(Box<Inner>);

struct Inner {
    /// Odd while it is written; zero while it was never filled.
    sequence: AtomicU32,
    words: [AtomicU32; WORDS],
}

const LABEL: usize = size_of::<Label>();
const KEY: usize = 64;
const WORDS: usize = (LABEL + KEY) / size_of::<u32>();

impl Slot {
    pub(crate) fn empty() -> Self {
        Self(Box::new(Inner { sequence: AtomicU32::new(0), words: [const { AtomicU32::new(0) }; WORDS] }))
    }

    /// The key, if the slot holds the one of this label. An empty slot is read like a full one.
    pub(crate) fn read(&self, label: &Label) -> Option<Wiped<KEY>> {
        let Inner { sequence, words } = &*self.0;
        let before = sequence.load(Ordering::Acquire);
        let mut bytes = wiped([0; LABEL + KEY]);
        let (chunks, _) = bytes.as_chunks_mut();
        for (chunk, word) in chunks.iter_mut().zip(words) {
            *chunk = word.load(Ordering::Relaxed).to_ne_bytes();
        }
        // What was read above is read before the sequence is read again.
        fence(Ordering::Acquire);
        let torn = !before.is_multiple_of(2) || sequence.load(Ordering::Relaxed) != before;
        let (held, key) = bytes.split_first_chunk::<LABEL>()?;
        if before == 0 || torn || held != label {
            return None;
        }
        Some(wiped(*key.first_chunk()?))
    }

    /// Takes the key in place of the one it has. Nothing happens if somebody else is just doing so.
    pub(crate) fn fill(&self, label: &Label, key: &[u8; KEY]) {
        let Inner { sequence, words } = &*self.0;
        let before = sequence.load(Ordering::Relaxed) & !1;
        let writing = sequence.compare_exchange(before, before | 1, Ordering::Acquire, Ordering::Relaxed);
        if writing.is_err() {
            return;
        }
        // No word is seen new under a sequence that is old.
        fence(Ordering::Release);
        let (label, _) = label.as_chunks();
        let (key, _) = key.as_chunks();
        for (word, chunk) in words.iter().zip(label.iter().chain(key)) {
            word.store(u32::from_ne_bytes(*chunk), Ordering::Relaxed);
        }
        // Past zero on wrapping: zero is "never filled".
        sequence.store(before.wrapping_add(2).max(2), Ordering::Release);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.words.iter_mut().for_each(|word| word.get_mut().zeroize());
    }
}

/// A copied record begins without a key: deriving one is cheap, and a secret that is not copied need not be wiped.
impl Clone for Slot {
    fn clone(&self) -> Self {
        Self::empty()
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, vec::Vec};

    use super::*;

    #[test]
    fn a_key_is_had_under_its_own_label_alone() {
        let slot = Slot::empty();
        assert!(slot.read(&[0; 20]).is_none(), "an empty slot holds no key, not even under zeros");
        slot.fill(&[1; 20], &[2; 64]);
        assert_eq!(**slot.read(&[1; 20]).unwrap(), [2; 64]);
        assert!(slot.read(&[2; 20]).is_none());
        slot.fill(&[3; 20], &[4; 64]);
        assert!(slot.read(&[1; 20]).is_none());
        assert_eq!(**slot.read(&[3; 20]).unwrap(), [4; 64]);
        assert!(slot.clone().read(&[3; 20]).is_none());
    }

    #[test]
    fn a_key_is_never_had_in_halves() {
        let slot = Slot::empty();
        let seen: usize = thread::scope(|scope| {
            for first in [1, 2] {
                let slot = &slot;
                scope.spawn(move || {
                    for round in 0..20_000u32 {
                        let byte = first + 2 * u8::try_from(round % 100).unwrap();
                        slot.fill(&[byte; 20], &[byte; 64]);
                    }
                });
            }
            let readers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let labels = (1..=200).cycle().take(200_000);
                        let found = labels.filter_map(|byte: u8| Some((byte, slot.read(&[byte; 20])?)));
                        found.inspect(|(byte, key)| assert_eq!(***key, [*byte; 64])).count()
                    })
                })
                .collect();
            readers.into_iter().map(|reader| reader.join().unwrap()).sum()
        });
        let last: u8 = (1..=200).find(|byte| slot.read(&[*byte; 20]).is_some()).unwrap();
        assert!(last == 199 || last == 200, "the last to write wins, not {last} (read {seen} times)");
    }
}
