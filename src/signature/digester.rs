//! SHA-256 of what is signed, without the buffering and wiping of a general hash state: pieces are laid out where they
//! are compressed. Public bytes only, for nothing is wiped.

use sha2::block_api::compress256;

use super::sink::Sink;
use crate::mac::START;

const BLOCK: usize = 64;
/// A canonical request of the usual length is compressed in one step.
const HELD: usize = 8;
/// A one bit and the message's length in bits close a message (FIPS 180-4 §5.1.1).
const LENGTH: usize = 8;

/// Takes a text in pieces of any size.
pub(crate) struct Digester {
    state: [u32; 8],
    /// One more than is filled, for the end of the text.
    blocks: [[u8; BLOCK]; HELD + 1],
    filled: usize,
    /// Bytes that went before.
    compressed: u64,
}

impl Digester {
    pub(crate) fn new() -> Self {
        Self { state: START, blocks: [[0; BLOCK]; HELD + 1], filled: 0, compressed: 0 }
    }

    /// The digest of everything that was put. It is not moved for that, and of no use any more.
    pub(crate) fn finish(&mut self) -> [u8; 32] {
        let bits = (self.compressed + self.filled as u64) * 8;
        let used = (self.filled + LENGTH) / BLOCK + 1;
        let closing = self.blocks.as_flattened_mut().get_mut(self.filled..used * BLOCK).unwrap_or_default();
        if let Some((end, length)) = closing.split_last_chunk_mut::<LENGTH>() {
            end.fill(0);
            end.iter_mut().take(1).for_each(|one| *one = 0x80);
            *length = bits.to_be_bytes();
        }
        self.compress(used);
        let mut digest = [0; 32];
        let (words, _) = digest.as_chunks_mut();
        words.iter_mut().zip(self.state).for_each(|(slot, word)| *slot = word.to_be_bytes());
        digest
    }

    fn compress(&mut self, used: usize) {
        compress256(&mut self.state, self.blocks.get(..used).unwrap_or_default());
    }

    /// A piece that goes beyond the room that is left.
    #[cold]
    fn put_across(&mut self, mut rest: &[u8]) {
        while !rest.is_empty() {
            let room = self.blocks.as_flattened_mut().get_mut(self.filled..HELD * BLOCK).unwrap_or_default();
            let (now, later) = rest.split_at_checked(room.len()).unwrap_or((rest, &[]));
            room.iter_mut().zip(now).for_each(|(slot, byte)| *slot = *byte);
            (self.filled, rest) = (self.filled + now.len(), later);
            if self.filled == HELD * BLOCK {
                self.compress(HELD);
                (self.filled, self.compressed) = (0, self.compressed + (HELD * BLOCK) as u64);
            }
        }
    }
}

impl Sink for Digester {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        let end = self.filled + bytes.len();
        match self.blocks.as_flattened_mut().get_mut(self.filled..end) {
            Some(room) if end < HELD * BLOCK => {
                room.copy_from_slice(bytes);
                self.filled = end;
            }
            _ => self.put_across(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use sha2::{Digest, Sha256};

    use super::*;

    /// Every length over which blocks, the held blocks and the padding can turn, cut at every kind of place.
    #[test]
    fn every_length_and_every_cut_agree_with_another_implementation() {
        let text: Vec<u8> = (0..=255u8).cycle().take(3 * HELD * BLOCK).collect();
        for length in 0..text.len() {
            let text = &text[..length];
            let wanted: [u8; 32] = Sha256::digest(text).into();
            for size in [1, 7, 64, 300, HELD * BLOCK - 1, HELD * BLOCK, 2000] {
                let mut digester = Digester::new();
                text.chunks(size).for_each(|piece| digester.put(piece));
                assert_eq!(digester.finish(), wanted, "{length} bytes by {size}");
            }
        }
    }
}
