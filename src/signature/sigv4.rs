//! A request signed by the rules of the SigV4 family: read once, then checked, canonicalised and compared.

use super::{
    authorization::{self, Parts},
    canonical::{self, Fields, Names, PayloadLine, UNSIGNED, put_hex},
    date::{day_digits, read_any, read_basic, rewritten},
    digester::Digester,
    flaw::Flaw,
    key::{SigningKey, Tag},
    presigned,
    profile::{Profile, Rules, label},
    sink::{Gathered, Sink},
};
use crate::{
    body::{BodyDigest, BodyHasher, HashAlg, Payload},
    id::KeyId,
    request::{RequestHead, trimmed},
    time::Timestamp,
};

/// The digest of a canonical request.
#[derive(Clone, Copy)]
pub(crate) enum RequestHash {
    Sha256([u8; 32]),
    Sha512(BodyDigest),
}

impl RequestHash {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha512(digest) => digest.as_bytes(),
        }
    }
}

/// A signed request as far as its head tells. Nothing in it is proven.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'r> {
    pub(super) head: RequestHead<'r>,
    pub(super) names: Names<'r>,
    pub(super) key_id: KeyId,
    pub(super) claimed: Tag,
    pub(super) requested_at: Timestamp,
    /// The same in the basic form.
    pub(super) date: [u8; 16],
    pub(super) form: Form,
    pub(super) day: u32,
    pub(super) alg: HashAlg,
    /// Whether the hash is one of the profile's; `alg` stands in where it is unknown.
    pub(super) accepted: bool,
    pub(super) scope_matches: bool,
}

/// Where the signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Header,
    /// With its life in seconds.
    Query(u64),
}

const _: () = assert!(size_of::<Signed<'_>>() <= 272, "it is moved about for every request");

impl<'r> Signed<'r> {
    /// `None`: the head carries nothing of this profile. `Some(Err)`: it does, and cannot be read.
    pub(crate) fn read(profile: &Profile, head: &RequestHead<'r>) -> Option<Result<Self, Flaw>> {
        if !profile.is_usable() {
            return None;
        }
        let header = authorization::read(profile, head);
        let query = presigned::read(profile, canonical::split(head.target).1);
        match (header, query) {
            (Some(_), Some(_)) => Some(Err(Flaw::Twice)),
            (Some(parts), None) => Some(parts.and_then(|parts| {
                let at = date_of(profile, head)?.ok_or(Flaw::DateMissing)?;
                Self::of(profile, head, &parts, at, Form::Header)
            })),
            (None, Some(query)) => Some(query.and_then(|query| {
                Self::of(
                    profile,
                    head,
                    &query.parts,
                    (query.date, query.requested_at),
                    Form::Query(query.life),
                )
            })),
            (None, None) => None,
        }
    }

    fn of(
        profile: &Profile,
        head: &RequestHead<'r>,
        parts: &Parts<'r>,
        (date, requested_at): (&[u8], Timestamp),
        form: Form,
    ) -> Result<Self, Flaw> {
        let known = [HashAlg::Sha256, HashAlg::Sha512].into_iter().find(|alg| label(*alg) == parts.label);
        let alg = known.unwrap_or(profile.hashes.first());
        let bad = if form == Form::Header { Flaw::Header } else { Flaw::Query };
        let claimed = match known {
            Some(alg) => Tag::from_hex(alg, parts.signature.as_bytes()).ok_or(bad)?,
            // Never compared: `check` refuses an unknown hash.
            None => Tag::Sha256([0; 32]),
        };
        let credential = &parts.credential;
        Ok(Self {
            head: *head,
            names: parts.names,
            key_id: credential.key_id,
            claimed,
            requested_at,
            date: rewritten(date, requested_at),
            form,
            day: credential.day,
            alg,
            accepted: known.is_some_and(|alg| profile.hashes.contain(alg)),
            scope_matches: credential.scope_matches,
        })
    }

    pub(crate) fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    pub(crate) fn is_presigned(&self) -> bool {
        self.form != Form::Header
    }

    /// What the body and the MAC are hashed with.
    pub(crate) fn alg(&self) -> HashAlg {
        self.alg
    }

    pub(crate) fn requested_at(&self) -> Timestamp {
        self.requested_at
    }

    /// `YYYYMMDD` of the scope.
    pub(crate) fn day(&self) -> u32 {
        self.day
    }

    /// Whether the query has a plus or a space, encoded or not, under rules that sign all of them alike: another value
    /// than arrived may be what was meant.
    pub(crate) fn is_ambiguous(&self, profile: &Profile) -> bool {
        let query = canonical::split(self.head.target).1;
        profile.rules == Rules::AntavoPhp && profile.rules.coding().decoded(query).any(|byte| byte == b' ')
    }

    /// The MAC that the caller sent.
    pub(crate) fn claimed(&self) -> Tag {
        self.claimed
    }

    /// The last moment at which the request may be valid.
    pub(crate) fn valid_until(&self, profile: &Profile) -> Timestamp {
        let life = match self.form {
            Form::Header => 0,
            Form::Query(life) => life,
        };
        self.requested_at.plus(core::time::Duration::from_secs(life)).plus(profile.window)
    }

    /// The lines of its signed headers.
    pub(crate) fn fields(&self, profile: &Profile) -> Fields<'r> {
        Fields::of(self.names, &self.head, &profile.date_name, profile.conformance)
    }

    /// Puts what both sides hash. It is what was signed only if `check` had nothing to say.
    pub(crate) fn canonical_request(
        &self,
        profile: &Profile,
        fields: &Fields<'_>,
        body: &Payload<'_>,
        out: &mut impl Sink,
    ) {
        let skip = |text: &str| self.skips(profile, text);
        canonical::put(profile, &self.head, (self.names, fields), self.payload(profile, body), skip, out);
    }

    /// Whether this pair of the query is left out of what is signed.
    pub(super) fn skips(&self, profile: &Profile, text: &str) -> bool {
        self.is_presigned()
            && profile.parameter(text).is_some_and(|rest| match canonical::pair(rest).0 {
                presigned::SIGNATURE => true,
                presigned::TOKEN => profile.omits_token(),
                _ => false,
            })
    }

    fn payload(&self, profile: &Profile, body: &Payload<'_>) -> PayloadLine {
        let unsigned = match digest_header(profile, &self.head).next() {
            Some(value) => trimmed(value) == UNSIGNED.as_bytes(),
            None => self.is_presigned() && profile.payload.unsigned_presigned,
        };
        let body = match profile.rules {
            Rules::Aws if unsigned => return PayloadLine::Unsigned,
            // Escher takes the words for the body.
            _ if unsigned => &Payload::Bytes(UNSIGNED.as_bytes()),
            _ => body,
        };
        // A body that was digested otherwise is refused before this; here it is one that nobody signed.
        let digest = body.digest(self.alg).unwrap_or(BodyDigest::of_nothing(self.alg));
        PayloadLine::Digest(digest)
    }

    /// The digest of the canonical request.
    pub(crate) fn request_hash(
        &self,
        profile: &Profile,
        fields: &Fields<'_>,
        body: &Payload<'_>,
    ) -> RequestHash {
        match self.alg {
            HashAlg::Sha256 => {
                let mut digester = Digester::new();
                self.canonical_request(profile, fields, body, &mut digester);
                RequestHash::Sha256(digester.finish())
            }
            HashAlg::Sha512 => {
                let mut hasher = BodyHasher::new(self.alg);
                self.canonical_request(profile, fields, body, &mut Gathered::new(&mut hasher));
                RequestHash::Sha512(hasher.finish())
            }
        }
    }

    /// Puts what the MAC goes over.
    pub(crate) fn string_to_sign(
        &self,
        profile: &Profile,
        request_hash: &RequestHash,
        out: &mut (impl Sink + ?Sized),
    ) {
        let mut out = Gathered::new(out);
        out.put(profile.prefix.as_bytes());
        out.put(b"-HMAC-");
        out.put(label(self.alg).as_bytes());
        out.put(b"\n");
        out.put(&self.date);
        out.put(b"\n");
        out.put(&day_digits(self.day));
        out.put(b"/");
        out.put(profile.scope.as_bytes());
        out.put(b"\n");
        put_hex(request_hash.as_bytes(), &mut out);
    }

    /// The key of this day, scope and hash.
    pub(crate) fn signing_key(&self, profile: &Profile, secret: &[u8]) -> SigningKey {
        let day = day_digits(self.day);
        let scope = profile.scope.split('/').map(str::as_bytes);
        SigningKey::derived(
            self.alg,
            profile.prefix.as_bytes(),
            secret,
            core::iter::once(day.as_slice()).chain(scope),
        )
    }
}

/// The date of the profile's header, as it is written and as it is read, if there is one.
pub(super) fn date_of<'r>(
    profile: &Profile,
    head: &RequestHead<'r>,
) -> Result<Option<(&'r [u8], Timestamp)>, Flaw> {
    let mut lines = head.headers.all(&profile.date_header);
    let Some(line) = lines.next() else { return Ok(None) };
    if lines.next().is_some() {
        return Err(Flaw::Twice);
    }
    let read = if profile.any_date() { read_any } else { read_basic };
    let text = trimmed(line);
    read(text).ok_or(Flaw::Date).map(|at| Some((text, at)))
}

/// The lines that hold the body's digest. AWS's rules alone have them.
pub(super) fn digest_header<'r>(profile: &Profile, head: &RequestHead<'r>) -> impl Iterator<Item = &'r [u8]> {
    let has = profile.rules == Rules::Aws;
    head.headers.all(&profile.digest_name).filter(move |_| has)
}
