//! The yardstick: HMAC-SHA-256 of the `hmac` crate over exactly the bytes that keyward hashes for a secret.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
};

use hmac::{Hmac, KeyInit, Mac};
use keyward::KeyId;
use sha2::{Digest, Sha256};

use crate::{random::Random, world};

pub(crate) type Keyed = Hmac<Sha256>;

/// A key that is set up, and the message.
#[derive(Clone, Debug)]
pub(crate) struct Yardstick {
    keyed: Keyed,
    pub(crate) message: Vec<u8>,
}

impl Yardstick {
    /// The message is put together here from the published format (src/credential/hashed.rs) and checked: its hash is
    /// the one in the user's record.
    pub(crate) fn new() -> Self {
        let engine = world::engine();
        let fresh = world::fresh(&engine, "acme", 1, world::Level::Full, &mut Random::new(1));
        let user = &fresh.user;
        let key: KeyId = user.credentials()[0].key_id();
        let mut context = Sha256::new();
        for id in [user.account().as_str(), user.id().as_str(), key.as_str()] {
            context.update((id.len() as u32).to_be_bytes());
            context.update(id);
        }
        let length = (fresh.secret.len() as u32).to_be_bytes();
        let message =
            [b"keyward/hash/1".as_slice(), &context.finalize(), &length, fresh.secret.as_bytes()].concat();
        let keyed = Keyed::new_from_slice(&world::PEPPER).expect("a key of any length");
        let yardstick = Self { keyed, message };
        let mac = yardstick.hash();
        assert!(user.encode().windows(32).any(|stored| stored == mac), "not what keyward hashes");
        yardstick
    }

    #[inline]
    pub(crate) fn hash(&self) -> [u8; 32] {
        let mut hmac = self.keyed.clone();
        hmac.update(&self.message);
        hmac.finalize().into_bytes().into()
    }
}

/// The process of benches/peers/bare, where the hash is built without `zeroize`. It ends with its input.
#[derive(Debug)]
pub(crate) struct Bare(Child);

impl Bare {
    /// If `KEYWARD_BARE_HMAC` says where the program is.
    pub(crate) fn start() -> Option<Self> {
        let mut command = Command::new(env::var_os("KEYWARD_BARE_HMAC")?);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a program");
        Some(Self(child))
    }

    /// Nanoseconds that so many hashes of so many bytes take.
    pub(crate) fn batch(&mut self, length: usize, count: usize) -> f64 {
        let input = self.0.stdin.as_mut().expect("it was piped");
        writeln!(input, "{length} {count}").expect("a process that listens");
        let mut answer = String::new();
        // One line a question, so that no later answer is lost with the reader.
        BufReader::new(self.0.stdout.as_mut().expect("it was piped"))
            .read_line(&mut answer)
            .expect("an answer");
        answer.trim().parse().expect("a number")
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `new` compares the hash with the one in a record, and panics where it differs.
    #[test]
    fn the_yardstick_hashes_what_keyward_hashes() {
        // The tag, the context, the length, and `kws1_` with 43 characters and a checksum of 6.
        assert_eq!(Yardstick::new().message.len(), 14 + 32 + 4 + 54);
    }
}
