//! What is done with tainted secrets.

use std::{env::args, hint::black_box, process::exit};

use keyward::{
    EntropyError, HashAlg, KeyRing, Pepper, SealingKey,
    taint::{self, SealedSecret, SigningKey, Tag},
};

use crate::client::{declassify, taint};

/// Of the length of a minted one.
const SECRET: &[u8; 54] = b"kws1_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm";

type Case = (&'static str, fn(&Outcome));

/// They have nothing to report.
const CASES: [Case; 7] = [
    ("hash", hash),
    ("mac-sha256", mac_sha256),
    ("mac-sha512", mac_sha512),
    ("unseal", unseal),
    ("derive-sha256", derive_sha256),
    ("derive-sha512", derive_sha512),
    ("whole", whole),
];

/// They are reported, or the check is blind.
const LEAKS: [Case; 2] = [("leak-branch", leak_branch), ("leak-address", leak_address)];

pub(crate) fn main() {
    let names = |cases: &[Case]| cases.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("\n");
    let (name, how) = (args().nth(1).unwrap_or_default(), args().nth(2));
    match name.as_str() {
        "--list" => println!("{}", names(&CASES)),
        "--leaks" => println!("{}", names(&LEAKS)),
        _ => match CASES.iter().chain(&LEAKS).find(|(known, _)| *known == name) {
            Some((_, case)) => case(&Outcome { declassified: how.as_deref() != Some("blind") }),
            None => exit(2),
        },
    }
}

struct Outcome {
    declassified: bool,
}

impl Outcome {
    /// The one thing that everybody may learn. Looking at it is the one branch that depends on a secret.
    #[allow(clippy::needless_pass_by_value, reason = "its callers write both as values")]
    fn is<T: PartialEq + std::fmt::Debug>(&self, outcome: T, expected: T) {
        let outcome = black_box(outcome);
        if self.declassified {
            declassify(&outcome);
        }
        assert_eq!(outcome, expected);
    }

    /// The same of bytes.
    fn are(&self, outcome: &[u8], expected: &[u8]) {
        let outcome = black_box(outcome);
        if self.declassified {
            declassify(outcome);
        }
        assert_eq!(outcome, expected);
    }
}

fn secret() -> [u8; 54] {
    let secret = black_box(*SECRET);
    taint(&secret);
    secret
}

fn ring() -> KeyRing {
    let sealing = SealingKey::new(1, [2; 32]).expect("not all zero");
    KeyRing::new(Pepper::new(1, [1; 32]).expect("not all zero")).sealing(sealing).expect("another key")
}

/// Both sides are secret: what was presented, and what is stored.
fn hash(outcome: &Outcome) {
    let ring = ring();
    let right = taint::hash(&ring, SECRET);
    for changed in [None, Some(0), Some(7), Some(8), Some(31)] {
        let mut stored = right;
        if let Some(at) = changed {
            stored[at] ^= 1;
        }
        taint(&stored);
        outcome.is(taint::hash_verifies(&ring, stored, &secret()), Some(changed.is_none()));
    }
}

fn mac_sha256(outcome: &Outcome) {
    same([0x5A; 32], Tag::sha256, outcome);
}

fn mac_sha512(outcome: &Outcome) {
    same([0x5A; 64], Tag::sha512, outcome);
}

/// The computed MAC is a key to the request that it belongs to.
fn same<const N: usize>(right: [u8; N], tag: fn([u8; N]) -> Tag, outcome: &Outcome) {
    for changed in [None, Some(0), Some(7), Some(8), Some(N - 1)] {
        let (computed, mut claimed) = (black_box(right), right);
        if let Some(at) = changed {
            claimed[at] ^= 1;
        }
        taint(&computed);
        outcome.is(tag(computed).same(&tag(claimed)), changed.is_none());
    }
}

/// The sealing key is secret, and what was sealed. Whether it opens shows inside the cipher's crate.
fn unseal(outcome: &Outcome) {
    let ring = ring();
    let mut counter = |bytes: &mut [u8]| -> Result<(), EntropyError> {
        bytes.iter_mut().zip(0..).for_each(|(slot, byte)| *slot = byte);
        Ok(())
    };
    let sealed = SealedSecret::seal(&ring, SECRET, &mut counter).expect("the ring seals");
    let torn = sealed.torn().expect("it has bytes");
    taint(taint::sealing_key(&ring).expect("the ring seals"));
    assert!(torn.open(&ring).is_err());
    outcome.are(&sealed.open(&ring).expect("it is whole"), SECRET);
}

fn derive_sha256(outcome: &Outcome) {
    key(|secret| SigningKey::derived(HashAlg::Sha256, secret), outcome);
}

fn derive_sha512(outcome: &Outcome) {
    key(|secret| SigningKey::derived(HashAlg::Sha512, secret), outcome);
}

fn whole(outcome: &Outcome) {
    key(SigningKey::whole, outcome);
}

/// From the secret to the verdict: the key is derived, kept and had again, a MAC is made and compared.
fn key(make: impl Fn(&[u8]) -> SigningKey, outcome: &Outcome) {
    const MESSAGE: &[u8] = b"what is signed";
    let claimed = make(SECRET).mac(MESSAGE);
    let mac = make(&secret()).kept().expect("it is kept").mac(MESSAGE);
    outcome.is(mac.same(&claimed), true);
    let other = make(&secret()).mac(b"something else");
    outcome.is(other.same(&claimed), false);
    outcome.are(mac.bytes(), claimed.bytes());
}

/// As one would write it: it ends where the first byte differs.
#[allow(clippy::manual_contains, reason = "it is the leak")]
fn leak_branch(outcome: &Outcome) {
    let (secret, guess) = (secret(), black_box([b'x'; 54]));
    let mut same = true;
    for (a, b) in secret.iter().zip(&guess) {
        if black_box(*a) != *b {
            same = false;
            break;
        }
    }
    outcome.is(same, false);
}

/// A table that is read where the secret says.
fn leak_address(outcome: &Outcome) {
    let table: [u8; 256] = black_box(std::array::from_fn(|at| u8::try_from(at).unwrap_or_default()));
    let read = black_box(&table)[usize::from(black_box(secret()[5]))];
    outcome.is(read, b'0');
}
