//! An index of what must not show: every run of eight characters of a secret, in each form that a text may hold it in.
//!
//! Characters are folded before they are looked up, so that one entry stands for both cases of hexadecimal digits and for
//! both alphabets of base64. The index holds no text, only keyed hashes of it: of two billion look-ups one hits by
//! chance, and masks a few characters too many.

use alloc::{vec, vec::Vec};
use core::ops::Range;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use zeroize::Zeroizing;

use crate::encoding::folded;

/// Consecutive characters of a secret that are masked wherever they stand.
const GRAM: usize = 8;
/// Base64 of a short secret, without what its neighbours decide, is looked for from here on.
const MIN_BASE64: usize = 6;

/// What keeps callers from choosing where what they send is placed.
#[derive(Clone, Copy)]
pub(super) struct Seed(u64, u64);

impl Seed {
    pub(super) fn new(bytes: [u8; 16]) -> Self {
        let number = u128::from_le_bytes(bytes);
        let half = |number: u128| u64::try_from(number & u128::from(u64::MAX)).unwrap_or_default();
        Self(half(number), half(number >> 64) | 1)
    }

    #[inline]
    fn hash(self, gram: u64) -> u64 {
        folded(gram ^ self.0, self.1)
    }
}

/// The index. Wiped on drop.
pub(super) struct Grams {
    seed: Seed,
    /// Hashes, each in the first free place from where it belongs; zero where there is none.
    slots: Zeroizing<Vec<u32>>,
    /// Lengths below a gram's of which there are entries.
    short: Vec<Window>,
}

/// The last characters that were read, as many as the mask lets through.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Window {
    length: usize,
    mask: u64,
}

const WHOLE: Window = Window::of(GRAM);

impl Window {
    const fn of(length: usize) -> Self {
        Self { length, mask: if length >= GRAM { u64::MAX } else { (1 << (8 * length)) - 1 } }
    }

    /// The shortest that the form has to be searched for by.
    fn for_form(form: &[u8]) -> Self {
        Self::of(form.len().min(GRAM))
    }
}

impl Grams {
    /// Of nothing.
    pub(super) fn none(seed: Seed) -> Self {
        Self { seed, slots: Zeroizing::new(Vec::new()), short: Vec::new() }
    }

    /// Of these secrets, in all forms.
    pub(super) fn of(seed: Seed, secrets: &[Zeroizing<Vec<u8>>]) -> Self {
        let mut grams = Self::none(seed);
        let mut count = 0;
        forms(secrets, |form| count += form.len().saturating_sub(GRAM) + 1);
        if count == 0 {
            return grams;
        }
        // A quarter full at most: most look-ups of a text that holds nothing end in the first place.
        grams.slots = Zeroizing::new(vec![0; (4 * count).next_power_of_two()]);
        forms(secrets, |form| grams.insert(form));
        grams
    }

    fn insert(&mut self, form: &[u8]) {
        let window = Window::for_form(form);
        if window != WHOLE && !self.short.contains(&window) {
            self.short.push(window);
        }
        let mut read = 0;
        for (at, byte) in form.iter().enumerate() {
            read = shifted(read, *byte);
            if at + 1 >= window.length {
                self.place(self.seed.hash(read & window.mask));
            }
        }
    }

    fn place(&mut self, hash: u64) {
        let (mask, mark) = (self.slots.len().saturating_sub(1), mark(hash));
        let mut at = start(hash) & mask;
        // There are four places for each: a free one is met.
        for _ in 0..self.slots.len() {
            match self.slots.get_mut(at) {
                Some(slot) if *slot == 0 || *slot == mark => {
                    *slot = mark;
                    return;
                }
                _ => at = (at + 1) & mask,
            }
        }
    }

    #[inline]
    fn has(&self, read: u64) -> bool {
        let hash = self.seed.hash(read);
        let (mask, mark) = (self.slots.len().saturating_sub(1), mark(hash));
        let mut at = start(hash) & mask;
        // Three of four places are free.
        loop {
            match self.slots.get(at) {
                None | Some(0) => return false,
                Some(slot) if *slot == mark => return true,
                Some(_) => at = (at + 1) & mask,
            }
        }
    }

    /// Hands over every place of a text that holds a part of a secret, in order of their ends.
    pub(super) fn each(&self, text: &[u8], mut hit: impl FnMut(Range<usize>)) {
        if self.slots.is_empty() {
            return;
        }
        let mut read = 0;
        for (at, byte) in text.iter().enumerate() {
            read = shifted(read, *byte);
            let end = at + 1;
            if end >= GRAM && self.has(read) {
                hit(end - GRAM..end);
            }
            for window in &self.short {
                if end >= window.length && self.has(read & window.mask) {
                    hit(end - window.length..end);
                }
            }
        }
    }
}

/// From the hash's other half than the mark.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "a part of a hash is asked for")]
fn start(hash: u64) -> usize {
    hash as usize
}

/// Never zero, which is a free place.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "a part of a hash is asked for")]
fn mark(hash: u64) -> u32 {
    (hash >> 32) as u32 | 1
}

#[inline]
fn shifted(read: u64, byte: u8) -> u64 {
    read << 8 | u64::from(fold(byte))
}

/// Letters without case. Base64's `+`, its `-` for URLs and the space that a form makes of `+` are one, so are `/` and `_`.
/// Nothing is zero: a short window begins with zeros, and a long one must not be taken for it.
#[inline]
fn fold(byte: u8) -> u8 {
    match byte {
        0 => 1,
        b' ' | b'-' => b'+',
        b'_' => b'/',
        other => other.to_ascii_lowercase(),
    }
}

/// Each secret as it is, in hexadecimal digits, and in base64 behind none, one and two other bytes. Percent, JSON and XML
/// escapes are undone before anything is looked up, and need no form.
fn forms(secrets: &[Zeroizing<Vec<u8>>], mut each: impl FnMut(&[u8])) {
    for secret in secrets {
        each(secret);
        let mut hex = Zeroizing::new(Vec::with_capacity(2 * secret.len()));
        hex.extend(secret.iter().flat_map(|byte| [byte >> 4, byte & 0xF]).map(digit));
        each(&hex);
        for others in 0..3 {
            base64_behind(others, secret, &mut each);
        }
    }
}

/// The characters of base64 that this secret alone decides, behind so many other bytes.
fn base64_behind(others: usize, secret: &[u8], each: &mut impl FnMut(&[u8])) {
    let mut bytes = Zeroizing::new(Vec::with_capacity(others + secret.len()));
    bytes.resize(others, 0);
    bytes.extend_from_slice(secret);
    let mut text = Zeroizing::new(vec![0; (others + secret.len()) * 4 / 3 + 4]);
    let Ok(length) = STANDARD_NO_PAD.encode_slice(&*bytes, &mut text) else { return };
    let own = (others * 8).div_ceil(6)..(others + secret.len()) * 8 / 6;
    let alone = 0..length;
    // Of the shortest, what stands alone has one character more: its last is filled up with zeros.
    let shown = if own.len() < MIN_BASE64 && others == 0 { alone } else { own };
    if let Some(form) = text.get(shown).filter(|form| form.len() >= MIN_BASE64) {
        each(form);
    }
}

fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + (value - 10) }
}
