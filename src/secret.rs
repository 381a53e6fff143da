//! A secret's text: held on the heap, wiped on drop, shown through one accessor.

use alloc::{boxed::Box, string::String};
use core::{
    fmt,
    hint::black_box,
    ops::{Deref, DerefMut},
};

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// A secret text.
///
/// It lives in one heap block that is wiped when it is dropped, so moving it leaves no copy behind. It has no
/// `Clone`, `Display` or `Serialize`, and its `Debug` is redacted: the only way to the text is
/// [`expose`](Self::expose), which is easy to search for in a review.
///
/// ```
/// use keyward::Secret;
/// let secret = Secret::new("correct horse battery staple".to_owned());
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert_eq!(secret.expose().len(), 28);
/// ```
pub struct Secret(Zeroizing<Box<str>>);

impl Secret {
    /// Takes over `text`. Spare capacity is copied away and the old block wiped.
    pub fn new(text: String) -> Self {
        let mut text = text;
        if text.len() == text.capacity() {
            return Self(Zeroizing::new(text.into_boxed_str()));
        }
        let tight = Zeroizing::new(Box::from(text.as_str()));
        text.zeroize();
        Self(tight)
    }

    /// The text itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Bytes on the stack that are wiped on drop.
pub(crate) type Wiped<const N: usize> = Zeroizing<Bytes<N>>;

/// An array that is wiped at once, as a slice is: `Zeroizing` goes through a bare one byte by byte.
#[derive(Clone)]
pub(crate) struct Bytes<const N: usize>([u8; N]);

/// To be wiped on drop. What is copied from is not.
pub(crate) fn wiped<const N: usize>(bytes: [u8; N]) -> Wiped<N> {
    Zeroizing::new(Bytes(bytes))
}

impl<const N: usize> Zeroize for Bytes<N> {
    fn zeroize(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl<const N: usize> Deref for Bytes<N> {
    type Target = [u8; N];

    fn deref(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> DerefMut for Bytes<N> {
    fn deref_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
}

/// Compares two MACs without a branch on their bytes.
///
/// The bytes are folded to one word first: `subtle` on a slice goes through it byte by byte, and costs more than a
/// compression of SHA-256.
pub(crate) fn same_mac<const N: usize>(a: &[u8; N], b: &[u8; N]) -> bool {
    let difference = words(a).zip(words(b)).fold(0, |folded, (a, b)| folded | (a ^ b));
    black_box(difference).ct_eq(&0).into()
}

fn words<const N: usize>(mac: &[u8; N]) -> impl Iterator<Item = u64> {
    const { assert!(N.is_multiple_of(8), "compared in whole words") };
    let (words, _) = mac.as_chunks::<8>();
    words.iter().map(|word| u64::from_ne_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macs_that_differ_in_any_one_bit_are_not_the_same() {
        let mac = [0x5A; 32];
        assert!(same_mac(&mac, &mac));
        for bit in 0..256 {
            let mut other = mac;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!same_mac(&mac, &other), "bit {bit}");
        }
    }

    #[test]
    fn bytes_are_wiped_to_the_last() {
        let mut bytes = wiped([7; 65]);
        assert_eq!(**bytes, [7; 65]);
        bytes.zeroize();
        assert_eq!(**bytes, [0; 65]);
    }

    #[test]
    fn spare_capacity_does_not_change_the_text() {
        let mut roomy = String::with_capacity(100);
        roomy.push_str("text");
        assert_eq!(Secret::new(roomy).expose(), "text");
    }
}
