//! How one service of the SigV4 family signs: names, scope, hashes, windows and the rules of its canonical form.

use alloc::{boxed::Box, format};
use core::time::Duration;

use crate::body::HashAlg;

/// The window when nobody chose one. All of Escher's libraries default to it (Java's documentation alone says 900 s).
pub(super) const WINDOW: Duration = Duration::from_secs(300);

/// A week, as AWS has it. Escher's libraries know no bound.
pub(super) const MAX_LIFE: Duration = Duration::from_secs(604_800);

/// A signature scheme of the SigV4 family, for a verifier and for a [`Signer`](crate::Signer): start from a preset,
/// change parts of it, and give both sides the same.
///
/// ```
/// use keyward::Profile;
/// let profile = Profile::escher("eu/suite/ems_request").algo_prefix("EMS").vendor_key("EMS")
///     .auth_header("X-Ems-Auth").date_header("X-Ems-Date");
/// assert!(profile.is_usable());
/// ```
///
/// Texts that no request could carry (see each method) make the profile unusable: it then recognises nothing, signs
/// nothing, and [`is_usable`](Self::is_usable) says so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Profile {
    pub(super) rules: Rules,
    pub(super) prefix: Box<str>,
    pub(super) vendor: Box<str>,
    pub(super) auth_header: Box<str>,
    pub(super) date_header: Box<str>,
    /// The date header's name as it stands in a list of signed headers.
    pub(super) date_name: Box<str>,
    pub(super) writes: DateForm,
    /// `x-{vendor}-content-sha256` and `x-{vendor}-security-token`.
    pub(super) digest_name: Box<str>,
    pub(super) token_name: Box<str>,
    pub(super) scope: Box<str>,
    pub(super) hashes: Hashes,
    pub(super) window: Duration,
    pub(super) max_life: Duration,
    pub(super) required: Box<[Box<str>]>,
    pub(super) path: PathRules,
    pub(super) presigned: PresignedRules,
    pub(super) token: Token,
    pub(super) payload: PayloadRules,
    pub(super) any_host: bool,
    pub(super) conformance: bool,
    pub(super) usable: bool,
    pub(super) fingerprint: [u8; 16],
}

/// Whose canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    Escher,
    AntavoPhp,
    Aws,
}

/// How a signer writes a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateForm {
    /// IMF-fixdate in a header named `Date`, the basic form in any other, as Escher's libraries do.
    AsNamed,
    /// The basic form, as Antavo's clients do.
    Basic,
}

/// What is done to a path before it is signed, and what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PathRules {
    pub(super) normalize: bool,
    pub(super) encode: bool,
    pub(super) strict: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PresignedRules {
    /// Empty: any. Escher's are GET whatever stands here.
    pub(super) methods: Box<[Box<str>]>,
    pub(super) body: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PayloadRules {
    /// Requests signed in headers may say that they do not sign their body.
    pub(super) unsigned: bool,
    /// Presigned ones never do.
    pub(super) unsigned_presigned: bool,
    /// A signer sends the digest of the body in a header.
    pub(super) digest: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Refused,
    Signed,
    /// Appended after signing: left out of the canonical query.
    Unsigned,
}

/// Which hashes a request may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hashes {
    pub(super) sha256: bool,
    pub(super) sha512: bool,
}

impl Hashes {
    pub(super) fn of(hashes: impl IntoIterator<Item = HashAlg>) -> Self {
        let mut set = Self { sha256: false, sha512: false };
        for hash in hashes {
            match hash {
                HashAlg::Sha256 => set.sha256 = true,
                HashAlg::Sha512 => set.sha512 = true,
            }
        }
        set
    }

    pub(super) fn contain(self, hash: HashAlg) -> bool {
        match hash {
            HashAlg::Sha256 => self.sha256,
            HashAlg::Sha512 => self.sha512,
        }
    }

    /// What a signer uses, and what a request with an unknown hash is taken for until it is refused.
    pub(super) fn first(self) -> HashAlg {
        if self.sha256 { HashAlg::Sha256 } else { HashAlg::Sha512 }
    }
}

/// As it stands behind `HMAC-` in an algorithm's name.
pub(super) fn label(hash: HashAlg) -> &'static str {
    match hash {
        HashAlg::Sha256 => "SHA256",
        HashAlg::Sha512 => "SHA512",
    }
}

/// Presets.
impl Profile {
    /// Escher with its own names: `ESR-HMAC-SHA256` in `X-Escher-Auth`, the date in `X-Escher-Date`. Another
    /// installation's names are set with the methods below.
    pub fn escher(scope: &str) -> Self {
        Self {
            rules: Rules::Escher,
            prefix: "ESR".into(),
            vendor: "Escher".into(),
            auth_header: "X-Escher-Auth".into(),
            date_header: "X-Escher-Date".into(),
            date_name: Box::default(),
            writes: DateForm::AsNamed,
            digest_name: Box::default(),
            token_name: Box::default(),
            scope: scope.into(),
            hashes: Hashes::of([HashAlg::Sha256]),
            window: WINDOW,
            max_life: MAX_LIFE,
            required: Box::default(),
            path: PathRules { normalize: true, encode: false, strict: true },
            presigned: PresignedRules { methods: Box::new(["GET".into()]), body: false },
            token: Token::Refused,
            payload: PayloadRules { unsigned: false, unsigned_presigned: true, digest: false },
            any_host: false,
            conformance: false,
            usable: true,
            fingerprint: [0; 16],
        }
        .settled()
    }

    /// Antavo's API of one stack, `st1` for example: `ANTAVO-HMAC-SHA256` in `Authorization`, the date in `Date`, the
    /// scope `{stack}/api/antavo_request`.
    pub fn antavo(stack: &str) -> Self {
        let profile = Self::escher(&format!("{stack}/api/antavo_request"))
            .algo_prefix("ANTAVO")
            .vendor_key("Antavo")
            .auth_header("Authorization")
            .date_header("Date");
        Self { writes: DateForm::Basic, ..profile }
    }

    /// AWS Signature Version 4, for services other than S3: paths are normalised and encoded once more.
    pub fn aws(region: &str, service: &str) -> Self {
        let mut profile = Self::escher(&format!("{region}/{service}/aws4_request"))
            .algo_prefix("AWS4")
            .vendor_key("Amz")
            .auth_header("Authorization")
            .date_header("X-Amz-Date");
        profile.rules = Rules::Aws;
        profile.path = PathRules { encode: true, ..profile.path };
        profile.payload.unsigned_presigned = false;
        profile
    }

    /// S3's variety: paths are signed as they are sent, the body's digest stands in a header of its own, and presigned
    /// URLs do not sign a body.
    pub fn aws_s3(region: &str) -> Self {
        let mut profile = Self::aws(region, "s3");
        profile.path = PathRules { normalize: false, encode: false, ..profile.path };
        profile.payload = PayloadRules { unsigned: false, unsigned_presigned: true, digest: true };
        profile
    }
}

impl Profile {
    /// Whether all its texts are ones that a request could carry.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    pub(crate) fn any_host(&self) -> bool {
        self.any_host
    }

    /// Of what a derived key depends on beside the day, the secret and the hash that a request names: prefix, scope and
    /// the set of hashes.
    pub(crate) fn fingerprint(&self) -> [u8; 16] {
        self.fingerprint
    }

    /// Whether the authorization header is this profile's own.
    pub(crate) fn owns_header(&self) -> bool {
        !self.auth_header.eq_ignore_ascii_case("authorization")
    }

    pub(super) fn omits_token(&self) -> bool {
        self.token == Token::Unsigned
    }

    /// Whether its date header takes more than the basic form.
    pub(super) fn any_date(&self) -> bool {
        &*self.date_name == "date"
    }

    /// What stands behind `X-{vendor}-` in a parameter.
    pub(super) fn parameter<'n>(&self, text: &'n str) -> Option<&'n str> {
        text.strip_prefix("X-")?.strip_prefix(&*self.vendor)?.strip_prefix('-')
    }

    /// The hash's name behind `{prefix}-HMAC-`.
    pub(super) fn label<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.strip_prefix(&*self.prefix)?.strip_prefix("-HMAC-")
    }
}
