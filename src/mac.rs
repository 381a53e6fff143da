//! HMAC-SHA-256 (RFC 2104, FIPS 180-4) with the key's two blocks compressed once, when the key is made.
//!
//! A message is laid out in one buffer that is compressed in place and wiped once. For the hundred bytes of a verdict the
//! buffering and wiping of general hash states costs half as much again as the compressions themselves.

use core::hint::black_box;

use sha2::{Digest, Sha256, block_api::compress256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::secret::{Wiped, wiped};

use crate::encoding::{OPENING, spliced};

/// The initial state of SHA-256 (FIPS 180-4 §5.3.3).
pub(crate) const START: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

const BLOCK: usize = 64;
const DIGEST: usize = 32;
/// Blocks that are filled before they are compressed: a minted secret's hash takes as many.
const HELD: usize = 2;
/// A one bit and the message's length in bits close a message.
const LENGTH: usize = 8;

/// Of the outer hash's message: the key's block and the digest.
const DIGEST_BITS: u16 = (64 + 32) * 8;

/// The outer hash's one block but for the digest, so that only the digest is written to it: what is read in pieces
/// larger than it was written in has to wait.
const DIGEST_BLOCK: [u8; BLOCK] = {
    let mut block = [0; BLOCK];
    block[DIGEST] = 0x80;
    [block[BLOCK - 2], block[BLOCK - 1]] = DIGEST_BITS.to_be_bytes();
    block
};

type State = [u32; 8];

/// A key, as the states of both hashes behind their first block. Wiped on drop.
pub(crate) struct MacKey {
    inner: State,
    outer: State,
}

impl MacKey {
    /// From a key of any length.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        if key.len() > BLOCK {
            let mut digest = Sha256::digest(key);
            block.iter_mut().zip(&digest).for_each(|(slot, byte)| *slot = *byte);
            digest.as_mut_slice().zeroize();
        } else {
            block.iter_mut().zip(key).for_each(|(slot, byte)| *slot = *byte);
        }
        let (mut inner, mut outer) = (START, START);
        let states = [(&mut inner, 0x36), (&mut outer, 0x5C)];
        for (state, pad) in states {
            let mut padded = block.map(|byte| byte ^ pad);
            compress256(state, core::slice::from_ref(&padded));
            padded.as_mut_slice().zeroize();
        }
        block.as_mut_slice().zeroize();
        Self { inner, outer }
    }

    /// Both states, to be kept.
    pub(crate) fn to_bytes(&self) -> Wiped<{ 2 * DIGEST }> {
        let mut bytes = wiped([0; 2 * DIGEST]);
        let (words, _) = bytes.as_chunks_mut();
        words
            .iter_mut()
            .zip(self.inner.iter().chain(&self.outer))
            .for_each(|(slot, word)| *slot = word.to_ne_bytes());
        bytes
    }

    /// As [`to_bytes`](Self::to_bytes) gave them.
    pub(crate) fn from_bytes(bytes: &[u8; 2 * DIGEST]) -> Self {
        let (mut inner, mut outer) = ([0; 8], [0; 8]);
        let (words, _) = bytes.as_chunks();
        let slots = inner.iter_mut().chain(&mut outer);
        slots.zip(words).for_each(|(slot, word)| *slot = u32::from_ne_bytes(*word));
        Self { inner, outer }
    }

    /// The code of what `feed` feeds.
    pub(crate) fn mac(&self, feed: impl FnOnce(&mut Message<'_>)) -> [u8; DIGEST] {
        bytes(&self.hash(feed))
    }

    /// Whether `mac` is the code of what `feed` feeds, without a branch on any of its bytes.
    #[inline]
    pub(crate) fn verifies(&self, mac: &[u8; DIGEST], feed: impl FnOnce(&mut Message<'_>)) -> bool {
        let (words, _) = mac.as_chunks();
        let hash = self.hash(feed);
        let differences = hash.iter().zip(words).map(|(found, stored)| found ^ u32::from_be_bytes(*stored));
        black_box(differences.fold(0, |folded, difference| folded | difference)) == 0
    }

    /// The message stays where it is laid out: a copy would have to be wiped too, and to wait for every write to it.
    #[inline]
    fn hash(&self, feed: impl FnOnce(&mut Message<'_>)) -> State {
        let mut work = Work { state: self.inner, blocks: [[0; BLOCK]; HELD + 1] };
        let mut message = Message { work: &mut work, filled: 0, compressed: 1 };
        feed(&mut message);
        let (filled, before) = (message.filled, message.compressed);
        work.finish(filled, before, &self.outer)
    }
}

impl Drop for MacKey {
    fn drop(&mut self) {
        self.inner.as_mut_slice().zeroize();
        self.outer.as_mut_slice().zeroize();
    }
}

impl ZeroizeOnDrop for MacKey {}

/// A message under a key, fed in pieces. What counts stands apart from what is written, so that it stays in registers.
pub(crate) struct Message<'w> {
    work: &'w mut Work,
    /// Bytes of the blocks that are filled; zeros follow.
    filled: usize,
    /// Blocks that went before, the key's among them.
    compressed: u64,
}

impl Message<'_> {
    /// Feeds a piece of a length that is known beforehand: a few moves where there is room, which there is for a minted
    /// secret and all before it.
    #[inline]
    pub(crate) fn put<const N: usize>(&mut self, piece: &[u8; N]) {
        match self.room().first_chunk_mut() {
            Some(slots) => {
                *slots = *piece;
                self.filled += N;
            }
            None => self.update(piece),
        }
    }

    /// Feeds the first `cut` bytes of `opening`, `mark` and `rest`, likewise.
    #[inline]
    pub(crate) fn splice<const M: usize, const N: usize>(
        &mut self,
        opening: &[u8; OPENING],
        cut: usize,
        mark: &[u8; M],
        rest: &[u8; N],
    ) {
        if let Some(length) = spliced(self.room(), opening, cut, mark, rest) {
            self.filled += length;
            return;
        }
        self.update(opening.get(..cut).unwrap_or(opening));
        self.update(mark);
        self.update(rest);
    }

    #[inline]
    fn room(&mut self) -> &mut [u8] {
        self.work.blocks.as_flattened_mut().get_mut(self.filled..HELD * BLOCK).unwrap_or_default()
    }

    /// Feeds a piece.
    #[inline(never)]
    pub(crate) fn update(&mut self, piece: &[u8]) {
        let mut rest = piece;
        loop {
            let blocks = self.work.blocks.as_flattened_mut();
            let held = blocks.get_mut(self.filled..HELD * BLOCK).unwrap_or_default();
            let (now, later) = rest.split_at_checked(held.len()).unwrap_or((rest, &[]));
            if let Some(slots) = held.get_mut(..now.len()) {
                slots.copy_from_slice(now);
            }
            self.filled += now.len();
            if later.is_empty() {
                return;
            }
            self.work.compress(HELD);
            self.work.blocks.as_flattened_mut().fill(0);
            self.compressed += HELD as u64;
            (self.filled, rest) = (0, later);
        }
    }
}

/// Where a message is hashed. Wiped on drop.
struct Work {
    state: State,
    /// One more than is filled, for the end of the message.
    blocks: [[u8; BLOCK]; HELD + 1],
}

impl Work {
    #[inline]
    fn compress(&mut self, used: usize) {
        compress256(&mut self.state, self.blocks.get(..used).unwrap_or_default());
    }

    /// Ends a message of which `filled` bytes are in the blocks, behind so many blocks.
    #[inline]
    fn finish(&mut self, filled: usize, before: u64, outer: &State) -> State {
        let bits = (before * BLOCK as u64 + filled as u64) * 8;
        let used = (filled + LENGTH) / BLOCK + 1;
        if let Some(one) = self.blocks.as_flattened_mut().get_mut(filled) {
            *one = 0x80;
        }
        let last = self.blocks.get_mut(used - 1).and_then(|block| block.last_chunk_mut::<LENGTH>());
        if let Some(length) = last {
            *length = bits.to_be_bytes();
        }
        self.compress(used);
        let [block, ..] = &mut self.blocks;
        *block = DIGEST_BLOCK;
        if let Some(slots) = block.first_chunk_mut() {
            *slots = bytes(&self.state);
        }
        self.state = *outer;
        self.compress(1);
        self.state
    }
}

impl Drop for Work {
    #[inline]
    fn drop(&mut self) {
        self.blocks.as_flattened_mut().zeroize();
        self.state.as_mut_slice().zeroize();
    }
}

impl ZeroizeOnDrop for Work {}

#[inline]
fn bytes(state: &State) -> [u8; DIGEST] {
    let mut bytes = [0; DIGEST];
    let (words, _) = bytes.as_chunks_mut::<4>();
    words.iter_mut().zip(state).for_each(|(slot, word)| *slot = word.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use hmac::{Hmac, KeyInit, Mac as _};

    use super::*;

    fn mac(key: &[u8], pieces: &[&[u8]]) -> [u8; 32] {
        let key = MacKey::new(key);
        key.mac(|message| pieces.iter().for_each(|piece| message.update(piece)))
    }

    #[test]
    fn however_a_message_is_fed_its_code_is_the_same() {
        let (key, bytes): (_, Vec<u8>) = (MacKey::new(b"key"), (0..=255).collect());
        let (opening, rest) =
            (bytes[100..].first_chunk().unwrap(), bytes[150..].first_chunk::<49>().unwrap());
        for (before, cut) in
            (0..=200).flat_map(|before| [(before, 0), (before, 2), (before, 10), (before, 16)])
        {
            let pieces: [&[u8]; 4] = [&bytes[..before], &opening[..cut], b"s1_", rest];
            let spliced = key.mac(|message| {
                message.update(&bytes[..before]);
                message.splice(opening, cut, b"s1_", rest);
            });
            assert_eq!(spliced, mac(b"key", &pieces), "{before} before, {cut} of the opening");
            let put = key.mac(|message| {
                message.update(&bytes[..before]);
                message.put(rest);
            });
            assert_eq!(put, mac(b"key", &[pieces[0], rest]), "{before} before");
        }
    }

    #[test]
    fn codes_that_differ_in_any_one_bit_do_not_verify() {
        let (key, message) = (MacKey::new(b"key"), [b"message".as_slice()]);
        let mac = mac(b"key", &message);
        let verifies =
            |mac: &[u8; 32]| key.verifies(mac, |to| message.iter().for_each(|piece| to.update(piece)));
        assert!(verifies(&mac));
        for bit in 0..256 {
            let mut other = mac;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!verifies(&other), "bit {bit}");
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    /// RFC 4231 §4.2 to §4.8; case 5 shows its first 16 bytes alone.
    #[test]
    fn the_published_cases_come_out() {
        let counting: Vec<u8> = (1..=25).collect();
        let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let both = b"This is a test using a larger than block-size key and a larger than block-size data. The key needs \
                     to be hashed before being used by the HMAC algorithm.";
        let cases: [(&[u8], &[u8], &str); 7] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (&[0x0c; 20], b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
            (&[0xaa; 131], long, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
            (&[0xaa; 131], both, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
        ];
        for (key, message, wanted) in cases {
            let wanted = hex(wanted);
            assert_eq!(&mac(key, &[message])[..wanted.len()], wanted, "{message:?}");
        }
    }

    /// Every length over which blocks, the held blocks and the padding can turn, cut at every kind of place.
    #[test]
    fn every_length_and_every_cut_agree_with_another_implementation() {
        let text: Vec<u8> = (0..=255u8).cycle().take(4 * HELD * BLOCK).collect();
        for key in [&text[..0], &text[..1], &text[..32], &text[..63], &text[..64], &text[..65], &text[..200]]
        {
            for length in 0..text.len() {
                let message = &text[..length];
                let mut other = Hmac::<Sha256>::new_from_slice(key).unwrap();
                other.update(message);
                let wanted: [u8; 32] = other.finalize().into_bytes().into();
                let (third, half) = (length / 3, length / 2);
                assert_eq!(mac(key, &[message]), wanted, "{length}");
                let cut = [&message[..third], &message[third..half], &[], &message[half..]];
                assert_eq!(mac(key, &cut), wanted, "{length} in pieces");
            }
        }
    }
}
