//! How a profile is changed.

use alloc::{boxed::Box, format, string::String};
use core::time::Duration;

use sha2::{Digest, Sha256};

use super::{
    bytes::{NAME, is},
    key::MAX_PREFIX,
    profile::{Hashes, MAX_LIFE, Profile, Rules, Token},
};
use crate::{body::HashAlg, encoding::length_prefixed};

/// Bytes of a vendor key, of a header's name and of a credential scope: four times the longest of all vectors, so that
/// a mistake in a configuration is one that is noticed.
pub(super) const MAX_PART: usize = 128;

/// Headers that a profile may require, counted by the byte in which [`Flaw::Unsigned`](crate::Flaw::Unsigned) names one.
const MAX_REQUIRED: usize = 64;

/// AWS allows a quarter of an hour either way; nobody allows more.
const MAX_WINDOW: Duration = Duration::from_secs(900);

/// Names.
impl Profile {
    /// What stands before `-HMAC-` and, in the first step of the key's derivation, before the secret: 1 to 32 letters
    /// and digits.
    pub fn algo_prefix(mut self, prefix: &str) -> Self {
        self.usable &= prefix.len() <= MAX_PREFIX && word(prefix);
        self.prefix = prefix.into();
        self.settled()
    }

    /// What stands between `X-` and the part's name in a presigned URL: 1 to 128 letters and digits, case kept.
    pub fn vendor_key(mut self, vendor: &str) -> Self {
        self.usable &= vendor.len() <= MAX_PART && word(vendor);
        self.vendor = vendor.into();
        self.settled()
    }

    /// Where the signature stands: a header's name (RFC 9110 §5.1) of at most 128 bytes. `Authorization` is shared with
    /// other schemes and read only if it opens with this profile's prefix; any other belongs to the profile alone.
    pub fn auth_header(mut self, name: &str) -> Self {
        self.usable &= header(name);
        self.auth_header = name.into();
        self
    }

    /// Where the date stands: a header's name. One that is named `Date` takes three forms, `YYYYMMDDTHHMMSSZ`, RFC
    /// 9110's IMF-fixdate (whose weekday is not looked at) and ISO 8601 with `Z` or an offset; any other the first alone.
    pub fn date_header(mut self, name: &str) -> Self {
        self.usable &= header(name);
        self.date_header = name.into();
        self.settled()
    }

    /// What a key is good for, `{region}/{service}/{kind}` by habit: 1 to 128 characters of ASCII from the space on,
    /// other than the comma.
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = scope.into();
        self.settled()
    }

    /// The one hash, SHA-256 unless chosen.
    pub fn hash(self, hash: HashAlg) -> Self {
        self.hashes([hash])
    }

    /// Several hashes, of which a request names its own: while callers move from one to the other. None is unusable.
    pub fn hashes(mut self, hashes: impl IntoIterator<Item = HashAlg>) -> Self {
        self.hashes = Hashes::of(hashes);
        self.settled()
    }

    pub(super) fn settled(mut self) -> Self {
        let scope = self.scope.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b',');
        self.usable &= scope && (1..=MAX_PART).contains(&self.scope.len());
        self.usable &= self.hashes.sha256 || self.hashes.sha512;
        let lower = |text: String| text.to_ascii_lowercase().into_boxed_str();
        self.date_name = lower(String::from(&*self.date_header));
        self.digest_name = lower(format!("x-{}-content-sha256", self.vendor));
        self.token_name = lower(format!("x-{}-security-token", self.vendor));
        let mut hash = Sha256::new();
        length_prefixed(&mut hash, self.prefix.as_bytes());
        length_prefixed(&mut hash, self.scope.as_bytes());
        length_prefixed(&mut hash, &[u8::from(self.hashes.sha256), u8::from(self.hashes.sha512)]);
        self.fingerprint.iter_mut().zip(hash.finalize()).for_each(|(slot, byte)| *slot = byte);
        self
    }
}

/// What is asked of requests.
impl Profile {
    /// How far a request's date may be from now, either way: held to 1 to 900 s, 300 s unless chosen. There is no
    /// "0 = off"; 0 is what it says, for [`danger_conformance`](Self::danger_conformance) alone.
    pub fn window(mut self, window: Duration) -> Self {
        let least = Duration::from_secs(u64::from(!self.conformance));
        self.window = Duration::from_secs(window.as_secs()).clamp(least, MAX_WINDOW);
        self
    }

    /// Headers that every request has to sign, beside its host and date: at most 64 names. Escher's presigned URLs sign
    /// exactly the host, so that with a requirement none is accepted.
    pub fn require_signed(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.required =
            names.into_iter().map(|name| name.as_ref().to_ascii_lowercase().into_boxed_str()).collect();
        self.usable &= self.required.len() <= MAX_REQUIRED && self.required.iter().all(|name| header(name));
        self
    }

    /// How long a presigned URL may live: at most, and unless chosen, a week.
    pub fn max_life(mut self, life: Duration) -> Self {
        self.max_life = if self.conformance { life } else { life.min(MAX_LIFE) };
        self
    }

    /// Takes paths as the vendor's own libraries do: dots are resolved and slashes collapsed before the path is signed,
    /// escapes are not looked at. Then the application must route by the
    /// [canonical path](Self::canonical_path).
    pub fn lenient_path(mut self) -> Self {
        self.path.strict = false;
        self
    }

    /// Takes canonical paths only, as unless chosen: no empty, `.` or `..` segment, no `\`, no escape of a character
    /// that needs none or that routers disagree about (`/`, `\`, NUL), and no character that needs an escape.
    pub fn strict_path(mut self) -> Self {
        self.path.strict = true;
        self
    }

    /// Whether dots are resolved and slashes collapsed before the path is signed: not in S3.
    pub fn normalize_path(mut self, normalize: bool) -> Self {
        self.path.normalize = normalize;
        self
    }

    /// Whether the path as it was sent is percent-encoded (once more, where it has escapes) before it is signed: by AWS
    /// other than S3.
    pub fn encode_path(mut self, encode: bool) -> Self {
        self.path.encode = encode;
        self
    }

    /// The canonical form of Antavo's fork of the PHP library. It leaves some bytes unsigned, so requests that have
    /// any are refused: a second `=` in a pair, an empty pair, a bad escape, a fragment, a body under another method than
    /// PUT and POST, a path that its rules change. It signs `+`, `%2B` and `%20` alike.
    pub fn antavo_php(mut self) -> Self {
        self.rules = Rules::AntavoPhp;
        self
    }

    /// Methods of presigned URLs under AWS's rules, GET unless chosen. Escher presigns GET alone.
    pub fn presigned_methods(mut self, methods: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.presigned.methods = methods.into_iter().map(|method| Box::from(method.as_ref())).collect();
        self.usable &= !self.presigned.methods.is_empty();
        self
    }
}

/// What weakens a check.
impl Profile {
    /// Whatever host a request was signed for is taken as ours: a request captured at another service with the same
    /// scope is valid here.
    pub fn danger_any_host(mut self) -> Self {
        self.any_host = true;
        self
    }

    /// Takes `UNSIGNED-PAYLOAD` in place of the body's digest in requests signed in headers: whoever sits in between may
    /// change the body. AWS's rules alone have it.
    pub fn danger_unsigned_payload(mut self) -> Self {
        self.payload.unsigned = true;
        self
    }

    /// Whether presigned requests sign `UNSIGNED-PAYLOAD` in place of their body's digest, as S3's and Escher's do.
    pub fn danger_unsigned_presigned(mut self, unsigned: bool) -> Self {
        self.payload.unsigned_presigned = unsigned;
        self
    }

    /// Whether a presigned request may have a body, which under some rules nobody signed.
    pub fn danger_presigned_body(mut self, allowed: bool) -> Self {
        self.presigned.body = allowed;
        self
    }

    /// Takes requests with a session token, which nothing here checks: part of what is signed, or appended to a
    /// presigned URL after it was signed.
    pub fn danger_session_token(mut self, signed: bool) -> Self {
        self.token = if signed { Token::Signed } else { Token::Unsigned };
        self
    }

    /// What published test suites demand: any host, paths as the vendor's libraries take them, presigned requests with
    /// bodies and, under AWS's rules, any method, session tokens, folded header lines, windows from 0 and any life. For
    /// tests and judges alone; call it first, what follows it narrows again.
    pub fn danger_conformance(mut self) -> Self {
        self.conformance = true;
        self.presigned.methods = Box::default();
        self.danger_any_host().lenient_path().danger_presigned_body(true).danger_session_token(true)
    }
}

fn word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn header(name: &str) -> bool {
    (1..=MAX_PART).contains(&name.len()) && name.bytes().all(|byte| is(byte.to_ascii_lowercase(), NAME))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::signature::profile::WINDOW;

    #[test]
    fn windows_and_lives_are_held_to_their_bounds() {
        let window = |seconds| Profile::antavo("st1").window(Duration::from_secs(seconds)).window.as_secs();
        assert_eq!([0, 1, 300, 900, 901, u64::MAX].map(window), [1, 1, 300, 900, 900, 900]);
        assert_eq!(Profile::antavo("st1").window, WINDOW);
        let life = |seconds| Profile::antavo("st1").max_life(Duration::from_secs(seconds)).max_life.as_secs();
        assert_eq!([0, 60, 604_800, 604_801, u64::MAX].map(life), [0, 60, 604_800, 604_800, 604_800]);
        assert_eq!(Profile::antavo("st1").max_life, MAX_LIFE);
        let judge = Profile::antavo("st1").danger_conformance();
        assert_eq!(judge.clone().window(Duration::ZERO).window, Duration::ZERO);
        assert_eq!(judge.max_life(Duration::MAX).max_life, Duration::MAX);
    }

    #[test]
    fn texts_that_no_request_could_carry_make_a_profile_unusable() {
        let base = || Profile::escher("eu/suite/ems_request");
        let long = "a".repeat(MAX_PART + 1);
        assert!(base().is_usable());
        assert!(base().scope(&long[1..]).auth_header(&long[1..]).vendor_key(&long[1..]).is_usable());
        assert!(base().scope("us-e ast-1/ho  st/aws 4_request").is_usable());
        for (place, profile) in [
            base().algo_prefix(""),
            base().algo_prefix("E-R"),
            base().algo_prefix(&long[..=MAX_PREFIX]),
            base().vendor_key(""),
            base().vendor_key(&long),
            base().auth_header("X Auth"),
            base().auth_header(""),
            base().date_header(&long),
            base().date_header("Date\n"),
            base().scope(""),
            base().scope("a,b"),
            base().scope("a\nb"),
            base().scope("é"),
            base().scope(&long),
            base().hashes([]),
            base().require_signed(["a b"]),
            base().presigned_methods([""; 0]),
            Profile::escher(""),
            Profile::antavo("st\n1"),
        ]
        .iter()
        .enumerate()
        {
            assert!(!profile.is_usable(), "{place}");
        }
        let many: Vec<_> = (0..=MAX_REQUIRED).map(|n| format!("x-{n}")).collect();
        assert!(!base().require_signed(&many).is_usable());
        assert!(base().require_signed(&many[1..]).is_usable());
    }

    #[test]
    fn the_fingerprint_is_of_what_a_derived_key_depends_on() {
        let base = Profile::antavo("st1");
        for same in [base.clone().window(Duration::from_secs(1)), base.clone().vendor_key("Other")] {
            assert_eq!(same.fingerprint(), base.fingerprint());
        }
        for other in [
            Profile::antavo("st2"),
            base.clone().algo_prefix("ANTAV"),
            base.clone().hash(HashAlg::Sha512),
            base.clone().hashes([HashAlg::Sha256, HashAlg::Sha512]),
        ] {
            assert_ne!(other.fingerprint(), base.fingerprint());
        }
    }
}
