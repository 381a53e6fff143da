//! What a client of the SigV4 family may have signed.

use alloc::{string::String, vec::Vec};
use core::time::Duration;

use super::{
    body::digests,
    cause::{Difference, How},
    headers, query,
    search::{Form, Found, Part, search},
    secret,
};
use crate::{
    body::{BodyDigest, BodyHasher, HashAlg, Payload},
    request::{RequestHead, trimmed},
    signature::{
        canonical::{self, Coding, UNSIGNED, escape, put_hex, put_path},
        date::{self, basic, day_digits},
        key::SigningKey,
        profile::{PathRules, Profile, label},
        sigv4::{Form as Place, Signed, digest_header},
        sink::{Gathered, Sink},
    },
};

/// A request that arrived, and how it is to be signed.
pub(super) struct Request<'d, 'r> {
    pub(super) profile: &'d Profile,
    pub(super) signed: &'d Signed<'r>,
    pub(super) head: &'d RequestHead<'r>,
    pub(super) body: Payload<'r>,
    /// Whether its forms are built; a large one's are not.
    pub(super) forms: bool,
}

impl Request<'_, '_> {
    /// What is signed, as it should be: the canonical request.
    fn canonical(&self) -> Vec<u8> {
        let mut text = Vec::new();
        let fields = self.signed.fields(self.profile);
        self.signed.canonical_request(self.profile, &fields, &self.body, &mut text);
        text
    }

    /// Method, path, query, headers and body's digest of the canonical request, and the hash that it is digested with.
    fn request_parts(&self) -> Vec<Part> {
        let text = self.canonical();
        let Some([method, path, query, headers, payload]) = split(&text) else { return Vec::new() };
        let hash = label(self.signed.alg).as_bytes();
        if !self.forms {
            return [method, path, query, headers, payload, hash].map(Part::new).into();
        }
        let (raw_path, raw_query) = canonical::split(self.head.target);
        let skip = |text: &str| self.signed.skips(self.profile, text);
        let mut hash = Part::new(hash);
        hash.add(How::RequestAlg, label(other(self.signed.alg)));
        Vec::from([
            self.method(method),
            self.path(path, raw_path),
            query::forms(query, raw_query, self.profile.rules, skip),
            headers::forms(headers, self.profile, self.head, self.signed.names),
            self.payload(payload),
            hash,
        ])
    }

    fn method(&self, right: &[u8]) -> Part {
        let mut part = Part::new(right);
        for form in [
            self.head.method.into(),
            self.head.method.to_ascii_lowercase(),
            self.head.method.to_ascii_uppercase(),
        ] {
            part.add(How::MethodCase, form);
        }
        part
    }

    fn path(&self, right: &[u8], raw: &str) -> Part {
        let mut part = Part::new(right);
        let rules = self.profile.path;
        let with = |normalize, encode| {
            let mut out = Vec::new();
            put_path(raw, self.profile.rules, PathRules { normalize, encode, ..rules }, &mut out);
            out
        };
        let encoding = if rules.encode { How::PathRaw } else { How::PathEncoded };
        let normal = if rules.normalize { How::PathKept } else { How::PathNormal };
        part.add(encoding, with(rules.normalize, !rules.encode));
        part.add(normal, with(!rules.normalize, rules.encode));
        part.add_two(normal, encoding, with(!rules.normalize, !rules.encode));
        let sent = with(rules.normalize, false);
        let sent = String::from_utf8_lossy(&sent);
        part.add(How::PathDecoded, Coding::Aws.decoded(&sent).collect::<Vec<_>>());
        part.add(How::PathEncoded, twice(right));
        part.add(How::PathSlash, right.strip_suffix(b"/").map_or_else(|| [right, b"/"].concat(), Vec::from));
        part.add(How::PathQuery, self.head.target);
        part
    }

    fn payload(&self, right: &[u8]) -> Part {
        let mut part = Part::new(right);
        let (alg, other) = (self.signed.alg, other(self.signed.alg));
        for (how, digest) in digests(&self.body, alg) {
            part.add(how, hex(&digest));
        }
        part.add(How::BodyUnsigned, UNSIGNED);
        let digest_of = |payload: Payload<'_>, alg| payload.digest(alg).map(|digest| hex(&digest));
        for (how, digest) in [
            (How::BodyWords, digest_of(Payload::Bytes(UNSIGNED.as_bytes()), alg)),
            (How::BodyOther, digest_of(self.body, alg)),
            (How::BodyAlg, digest_of(self.body, other)),
        ] {
            if let Some(digest) = digest {
                part.add(how, digest);
            }
        }
        part.add(How::BodyUpper, right.to_ascii_uppercase());
        if let Some(sent) = digest_header(self.profile, self.head).next() {
            part.add(How::BodyHeader, trimmed(sent));
        }
        part
    }

    /// The first three lines of the string to sign. The third holds what the key is derived for besides.
    fn signing_parts(&self) -> [Part; 3] {
        let (profile, signed) = (self.profile, self.signed);
        let label_of = |alg| [profile.prefix.as_bytes(), b"-HMAC-", label(alg).as_bytes()].concat();
        let mut algorithm = Part::new(label_of(signed.alg));
        algorithm.add(How::LabelOther, label_of(other(signed.alg)));
        let basic = basic(signed.requested_at).unwrap_or_default();
        let mut date = Part::new(basic);
        if let Some(sent) = self.head.headers.all(&profile.date_header).next() {
            date.add(How::DateRaw, trimmed(sent));
        }
        date.add(How::DateLong, extended(&basic));
        [algorithm, date, self.scope()]
    }

    fn scope(&self) -> Part {
        let sent = self.sent_scope();
        let of = |line: u32, key: u32, scope: &[u8]| {
            let (line, key) = (day_digits(line), day_digits(key));
            [line.as_slice(), b"/", scope, b"\n", &key, b"/", scope].concat()
        };
        let day = self.signed.day;
        let mut part = Part::new(of(day, day, &sent));
        part.add(How::ScopeConfigured, of(day, day, self.profile.scope.as_bytes()));
        let at = self.signed.requested_at;
        let a_day = Duration::from_secs(86_400);
        for other in [at.minus(a_day), at, at.plus(a_day)].map(date::day) {
            part.add(How::DayKey, of(day, other, &sent));
            part.add(How::DayLine, of(other, day, &sent));
            part.add(How::DayBoth, of(other, other, &sent));
        }
        part
    }

    /// The scope behind key and day, as the request has it.
    fn sent_scope(&self) -> Vec<u8> {
        if self.signed.scope_matches {
            return self.profile.scope.as_bytes().into();
        }
        let credential: Vec<u8> = match self.signed.form {
            Place::Header => {
                let line = self.head.headers.all(&self.profile.auth_header).next().unwrap_or_default();
                let text = core::str::from_utf8(line).unwrap_or_default();
                let rest = text.split_once("Credential=").map_or("", |(_, rest)| rest);
                rest.split(',').next().unwrap_or_default().into()
            }
            Place::Query(_) => {
                let query = canonical::split(self.head.target).1;
                let wanted =
                    |name: &str| matches!(self.profile.parameter(name), Some("Credential" | "Credentials"));
                let found = canonical::pairs(query).map(canonical::pair).find(|(name, _)| wanted(name));
                self.profile.rules.coding().decoded(found.map_or("", |(_, value)| value)).collect()
            }
        };
        credential.splitn(3, |byte| *byte == b'/').nth(2).unwrap_or_default().into()
    }

    /// Which mistakes make the signature that was claimed.
    pub(super) fn search(&self, secret: &[u8]) -> Found {
        let mut parts = self.request_parts();
        parts.extend(self.signing_parts());
        parts.push(secret::forms(secret, self.signed.key_id, true));
        search(&parts, |chosen| self.fits(chosen))
    }

    fn fits(&self, chosen: &[&Form]) -> bool {
        let [request @ .., algorithm, date, scope, secret] = chosen else { return false };
        let Some(digest) = digest_of(request) else { return false };
        let mut scopes = scope.bytes.splitn(2, |byte| *byte == b'\n');
        let (line, derived) = (scopes.next().unwrap_or_default(), scopes.next().unwrap_or_default());
        let prefix = match secret.how {
            Some(How::NoPrefix) => b"",
            _ => self.profile.prefix.as_bytes(),
        };
        let key = match secret.how {
            Some(How::NotDerived) if self.signed.alg == HashAlg::Sha256 => SigningKey::whole(&secret.bytes),
            Some(How::NotDerived) => return false,
            _ => {
                let parts = derived.split(|byte| *byte == b'/');
                SigningKey::derived(self.signed.alg, prefix, &secret.bytes, parts)
            }
        };
        let mac = key.mac(|sink| {
            for line in [&algorithm.bytes, &date.bytes, line] {
                sink.put(line);
                sink.put(b"\n");
            }
            put_hex(digest.as_bytes(), sink);
        });
        mac.same(&self.signed.claimed)
    }

    /// How a canonical request that the client printed differs from ours.
    pub(super) fn compare_request(&self, theirs: &str, found: &mut Vec<Difference>) {
        let parts = self.request_parts();
        let [method, path, query, headers, payload, _] = parts.as_slice() else {
            return found.push(Difference::new(How::Broken));
        };
        let Some([their_method, their_path, their_query, their_headers, their_payload]) =
            split(theirs.as_bytes())
        else {
            return found.push(Difference::new(How::NotText));
        };
        differ(method, their_method, How::MethodOther, found);
        differ(path, their_path, How::PathOther, found);
        differ(query, their_query, How::QueryOther, found);
        headers::compare(&headers.right.bytes, their_headers, &self.profile.date_name, found);
        differ(payload, their_payload, How::BodyOther, found);
    }

    /// How a string to sign differs from ours. Where the digest does, it is looked for among those that mistakes make.
    pub(super) fn compare_string(&self, theirs: &str, found: &mut Vec<Difference>) {
        let mut lines = theirs.split('\n').map(str::as_bytes);
        let (Some(label), Some(their_date), Some(their_scope), Some(digest), None) =
            (lines.next(), lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return found.push(Difference::new(How::NotText));
        };
        let [algorithm, date, scope] = self.signing_parts();
        differ(&algorithm, label, How::LabelPrefix, found);
        differ(&date, their_date, How::DateOther, found);
        let of_line = |line: &[u8]| [line, b"\n", line].concat();
        differ(&scope, &of_line(their_scope), How::ScopeOther, found);
        let parts = self.request_parts();
        match search(&parts, |chosen| digest_of(chosen).is_some_and(|ours| hex(&ours) == digest)) {
            Found::Right => {}
            Found::Mistakes(mistakes) => found.extend(mistakes),
            Found::Nothing => found.push(Difference::new(How::Digest)),
            Found::Stopped => found.push(Difference::new(How::Stopped)),
        }
    }

    /// The same of a request that the client says it sent.
    pub(super) fn compare_sent(&self, theirs: &Request<'_, '_>, found: &mut Vec<Difference>) {
        self.compare_request(&String::from_utf8_lossy(&theirs.canonical()), found);
        let ([algorithm, date, scope], theirs) = (self.signing_parts(), theirs.signing_parts());
        let [their_algorithm, their_date, their_scope] = &theirs;
        differ(&algorithm, &their_algorithm.right.bytes, How::LabelPrefix, found);
        differ(&date, &their_date.right.bytes, How::DateOther, found);
        differ(&scope, &their_scope.right.bytes, How::ScopeOther, found);
    }
}

fn differ(ours: &Part, theirs: &[u8], otherwise: How, found: &mut Vec<Difference>) {
    if *ours.right.bytes == theirs {
        return;
    }
    match ours.explain(theirs) {
        Some(form) => found.extend(form.differences()),
        None => found.push(Difference::new(otherwise)),
    }
}

/// The five parts of a canonical request.
fn split(text: &[u8]) -> Option<[&[u8]; 5]> {
    let mut lines = text.splitn(4, |byte| *byte == b'\n');
    let (method, path, query, rest) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
    let end = rest.iter().rposition(|byte| *byte == b'\n')?;
    let (headers, payload) = rest.split_at_checked(end)?;
    Some([method, path, query, headers, payload.get(1..)?])
}

/// The digest of a canonical request in parts, the last of which names the hash.
fn digest_of(chosen: &[&Form]) -> Option<BodyDigest> {
    let [method, path, query, headers, payload, hash] = chosen else { return None };
    let alg =
        [HashAlg::Sha256, HashAlg::Sha512].into_iter().find(|alg| label(*alg).as_bytes() == *hash.bytes)?;
    let mut hasher = BodyHasher::new(alg);
    {
        let mut out = Gathered::new(&mut hasher);
        for part in [method, path, query, headers] {
            out.put(&part.bytes);
            out.put(b"\n");
        }
        out.put(&payload.bytes);
    }
    Some(hasher.finish())
}

fn other(alg: HashAlg) -> HashAlg {
    match alg {
        HashAlg::Sha256 => HashAlg::Sha512,
        HashAlg::Sha512 => HashAlg::Sha256,
    }
}

fn hex(digest: &BodyDigest) -> Vec<u8> {
    let mut text = Vec::new();
    put_hex(digest.as_bytes(), &mut text);
    text
}

/// A path percent-encoded once more.
fn twice(path: &[u8]) -> Vec<u8> {
    let bare = |byte: u8| Coding::Aws.bare(byte) || byte == b'/';
    let mut out = Vec::new();
    for byte in path {
        let escaped = escape(*byte);
        out.extend_from_slice(if bare(*byte) { core::slice::from_ref(byte) } else { &escaped });
    }
    out
}

/// `YYYY-MM-DDTHH:MM:SSZ`.
fn extended(basic: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (place, byte) in basic.iter().enumerate() {
        match place {
            4 | 6 => out.push(b'-'),
            11 | 13 => out.push(b':'),
            _ => {}
        }
        out.push(*byte);
    }
    out
}
