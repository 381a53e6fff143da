//! Where canonical bytes go: into a hash, a MAC or a buffer for people to look at.

use alloc::vec::Vec;

use hmac::{Hmac, Mac};
use sha2::Sha512;

use crate::{body::BodyHasher, mac::Message};

/// Takes bytes, one piece after another.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl Sink for BodyHasher {
    fn put(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

impl Sink for Hmac<Sha512> {
    fn put(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

impl Sink for Message<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

/// Gathers small pieces before they are hashed: a hash takes 64 bytes at once cheaper than one byte 64 times. Public
/// bytes only, for nothing is wiped. What it holds goes on when it is dropped.
pub(crate) struct Gathered<'s, S: Sink + ?Sized> {
    sink: &'s mut S,
    bytes: [u8; GATHERED],
    length: usize,
}

/// Four blocks of SHA-256, and a canonical request of the usual length in two or three steps.
const GATHERED: usize = 256;

impl<'s, S: Sink + ?Sized> Gathered<'s, S> {
    pub(crate) fn new(sink: &'s mut S) -> Self {
        Self { sink, bytes: [0; GATHERED], length: 0 }
    }

    fn flush(&mut self) {
        self.sink.put(self.bytes.get(..self.length).unwrap_or_default());
        self.length = 0;
    }
}

impl<S: Sink + ?Sized> Sink for Gathered<'_, S> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        if self.length + bytes.len() > GATHERED {
            self.flush();
        }
        match self.bytes.get_mut(self.length..self.length + bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.length += bytes.len();
            }
            None => self.sink.put(bytes),
        }
    }
}

impl<S: Sink + ?Sized> Drop for Gathered<'_, S> {
    fn drop(&mut self) {
        self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gathered_pieces_arrive_whole_and_in_order() {
        for size in [1, 2, 3, 100, 255, 256, 257, 1000] {
            let bytes: Vec<u8> = (0..=255).cycle().take(3 * size + 700).collect();
            let mut out = Vec::new();
            let mut gathered = Gathered::new(&mut out);
            bytes.chunks(size).for_each(|piece| gathered.put(piece));
            drop(gathered);
            assert_eq!(out, bytes, "pieces of {size}");
        }
    }
}
