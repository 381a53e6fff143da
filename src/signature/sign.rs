//! Signing requests, for clients and for tests of servers.

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{fmt, time::Duration};

use super::{
    canonical::{put_escaped, put_hex},
    date,
    flaw::Flaw,
    presigned,
    profile::{DateForm, Profile, Rules, label},
    sigv4::Signed,
};
use crate::{
    body::Payload,
    credential::MAX_SECRET,
    id::KeyId,
    request::{Headers, RequestHead},
    secret::Secret,
    time::Timestamp,
};

/// Signs requests by one profile with one key.
///
/// What a verifier of the same profile would refuse is not signed: a path that is not canonical, an unsigned override of
/// the method, a header that is to be signed and is not there.
///
/// ```
/// use keyward::{Headers, Payload, Profile, RequestHead, Secret, Signer, Timestamp};
/// let secret = Secret::new("Example+Secret/For-Docs".to_owned());
/// let signer = Signer::new(Profile::antavo("st1"), "AN1EXAMPLEKEY000001".parse()?, secret);
/// let lines = [("host", b"api.st1.antavo.com".as_slice())];
/// let head = RequestHead::new("POST", "/events", Headers::lines(&lines));
/// let signed = signer.sign(head, Payload::Bytes(b"{}"), Timestamp::from_unix(1_794_225_600))?;
/// let names: Vec<_> = signed.iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["Date", "Authorization"]);
/// assert!(signed.canonical_request().starts_with("POST\n/events\n\ndate:20261109T120000Z\nhost:"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Signer {
    profile: Profile,
    key_id: KeyId,
    secret: Secret,
    also: Vec<String>,
}

impl Signer {
    /// With the first hash of the profile, SHA-256 where it has both.
    pub fn new(profile: Profile, key_id: KeyId, secret: Secret) -> Self {
        Self { profile, key_id, secret, also: Vec::new() }
    }

    /// Signs these headers too, beside host, date and what the profile requires. They have to be there, once or several
    /// times.
    #[must_use]
    pub fn also(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.also.extend(names.into_iter().map(|name| name.as_ref().to_ascii_lowercase()));
        self
    }

    /// The headers that sign a request. The head has its host (as a line, as `:authority` or in the target) and every
    /// other header that is to be signed; an earlier signature in it plays no part. A date header that says `now` in one of
    /// the scheme's forms is signed as it is written; another is replaced, so that a retry can be signed anew.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn sign(
        &self,
        head: RequestHead<'_>,
        body: Payload<'_>,
        now: Timestamp,
    ) -> Result<SignedHeaders, SignError> {
        let profile = &self.profile;
        self.check_self()?;
        let digest = body.digest(profile.hashes.first()).ok_or(SignError::Digest)?;
        let mut made: Vec<(&str, String)> = Vec::new();
        if !says(profile, &head, now) {
            made.push((&profile.date_header, date_header(profile, now)?));
        }
        if profile.payload.digest {
            made.push((&profile.digest_name, hex(digest.as_bytes())));
        }
        let names = self.names(&head).join(";");
        let mut authorization = format!(
            "{}-HMAC-{} Credential={}/{:08}/{}, SignedHeaders={names}, Signature=",
            profile.prefix,
            label(profile.hashes.first()),
            self.key_id,
            date::day(now),
            profile.scope,
        );
        let length = authorization.len();
        authorization.push_str(&hex(digest.as_bytes()));
        made.push((&profile.auth_header, authorization));

        let replaced = |name: &str| made.iter().any(|(made, _)| made.eq_ignore_ascii_case(name));
        let mut lines: Vec<(&str, &[u8])> = head.headers.iter().filter(|line| !replaced(line.0)).collect();
        lines.extend(made.iter().map(|(name, value)| (*name, value.as_bytes())));
        let head = RequestHead { headers: Headers::lines(&lines), ..head };
        let (canonical, to_sign, signature) = self.texts(&head, &body, now)?;
        if let Some((_, authorization)) = made.last_mut() {
            authorization.truncate(length);
            authorization.push_str(&signature);
        }
        let lines = made.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(SignedHeaders { lines, canonical, to_sign })
    }

    /// A URL for a GET without a body that carries its own signature, valid from `now` for `life`, in whole seconds. A
    /// fragment stays behind it, unsigned as it never reaches a server.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn presign(&self, url: &str, life: Duration, now: Timestamp) -> Result<String, SignError> {
        self.presign_as("GET", url, life, now)
    }

    /// The same for another method, which only AWS's rules have, where the profile allows it.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn presign_as(
        &self,
        method: &str,
        url: &str,
        life: Duration,
        now: Timestamp,
    ) -> Result<String, SignError> {
        let profile = &self.profile;
        self.check_self()?;
        let (url, fragment) = url.find('#').and_then(|at| url.split_at_checked(at)).unwrap_or((url, ""));
        let (origin, host, target) = origin(url).ok_or(SignError::Url)?;
        let mut target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        let at = String::from_utf8_lossy(&date::basic(now).ok_or(SignError::Time)?).into_owned();
        let credential = format!("{}/{:08}/{}", self.key_id, date::day(now), profile.scope);
        let values = [
            format!("{}-HMAC-{}", profile.prefix, label(profile.hashes.first())),
            escaped(&credential),
            at,
            life.as_secs().to_string(),
            "host".to_owned(),
            String::new(),
        ];
        for (role, value) in presigned::roles(profile).into_iter().zip(values) {
            target.push_str(match () {
                () if !target.contains('?') => "?",
                () if target.ends_with(['?', '&']) => "",
                () => "&",
            });
            target.push_str(&format!("X-{}-{role}={value}", profile.vendor));
        }
        let length = target.len();
        let payload = Payload::Absent;
        let placeholder = payload.digest(profile.hashes.first()).ok_or(SignError::Digest)?;
        target.push_str(&hex(placeholder.as_bytes()));
        let lines = [("host", host.as_bytes())];
        let head = RequestHead::new(method, &target, Headers::lines(&lines));
        let (_, _, signature) = self.texts(&head, &payload, now)?;
        target.truncate(length);
        Ok(format!("{origin}{target}{signature}{fragment}"))
    }

    fn check_self(&self) -> Result<(), SignError> {
        let length = self.secret.expose().len();
        if !self.profile.is_usable() {
            return Err(SignError::Profile);
        }
        if !(1..=MAX_SECRET).contains(&length) {
            return Err(SignError::Secret(length));
        }
        Ok(())
    }

    /// Lower-case, sorted, each once.
    fn names(&self, head: &RequestHead<'_>) -> Vec<&str> {
        let profile = &self.profile;
        let mut names: Vec<&str> = alloc::vec!["host", &profile.date_name];
        names.extend(profile.required.iter().map(|name| &**name));
        names.extend(self.also.iter().map(String::as_str));
        let has_digest = head.headers.all(&profile.digest_name).next().is_some();
        if profile.payload.digest || (profile.rules == Rules::Aws && has_digest) {
            names.push(&profile.digest_name);
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Canonical request, string to sign and signature of a request that has a placeholder for a signature: read as a
    /// verifier reads it, so that what is signed is what is verified.
    fn texts(
        &self,
        head: &RequestHead<'_>,
        body: &Payload<'_>,
        now: Timestamp,
    ) -> Result<(String, String, String), SignError> {
        let profile = &self.profile;
        let signed = Signed::read(profile, head).ok_or(SignError::Profile)?.map_err(SignError::Refused)?;
        let fields = signed.fields(profile);
        signed.check_form(profile, &fields, body, now).map(drop).map_err(SignError::Refused)?;
        let (mut canonical, mut to_sign) = (Vec::new(), Vec::new());
        signed.canonical_request(profile, &fields, body, &mut canonical);
        let hash = signed.request_hash(profile, &fields, body);
        signed.string_to_sign(profile, &hash, &mut to_sign);
        let key = signed.signing_key(profile, self.secret.expose().as_bytes());
        let tag = key.mac(|sink| sink.put(&to_sign));
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok((text(canonical), text(to_sign), hex(tag.as_bytes())))
    }
}

/// Whether the request has one date header, and it says `now`.
fn says(profile: &Profile, head: &RequestHead<'_>, now: Timestamp) -> bool {
    matches!(super::sigv4::date_of(profile, head), Ok(Some((_, at))) if at == now)
}

fn date_header(profile: &Profile, now: Timestamp) -> Result<String, SignError> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let fixdate = profile.any_date() && profile.writes == DateForm::AsNamed;
    let written = if fixdate {
        date::fixdate(now).map(|date| text(&date))
    } else {
        date::basic(now).map(|date| text(&date))
    };
    written.ok_or(SignError::Time)
}

/// `scheme://authority`, the authority, and what follows it.
fn origin(url: &str) -> Option<(&str, &str, &str)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let (host, target) = rest.split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len()))?;
    let plain = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@');
    let (origin, _) = url.split_at_checked(url.len() - target.len())?;
    plain.then_some((origin, host, target))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    put_hex(bytes, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    put_escaped(text, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// The headers that sign a request, and what was signed, for people to compare. No secret is in it, but whoever has the
/// headers can send the request: `Debug` shows their names alone.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    lines: Vec<(String, String)>,
    canonical: String,
    to_sign: String,
}

impl SignedHeaders {
    /// Name and value of each header to set in place of whatever the request has under that name: the date if the request had
    /// none that says now, with S3 the body's digest, the signature last.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The canonical request. Bytes that are not UTF-8 show as U+FFFD.
    pub fn canonical_request(&self) -> &str {
        &self.canonical
    }

    /// The string to sign.
    pub fn string_to_sign(&self) -> &str {
        &self.to_sign
    }

    /// Sets the headers, each in place of all of its name.
    ///
    /// # Errors
    /// [`SignError::Header`], where the map takes no more.
    #[cfg(feature = "http")]
    pub fn apply(&self, headers: &mut http::HeaderMap) -> Result<(), SignError> {
        for (name, value) in self.iter() {
            let name = http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| SignError::Header)?;
            let value = http::HeaderValue::from_str(value).map_err(|_| SignError::Header)?;
            headers.try_insert(name, value).map_err(|_| SignError::Header)?;
        }
        Ok(())
    }
}

impl fmt::Debug for SignedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(|(name, _)| name).collect();
        f.debug_tuple("SignedHeaders").field(&names).finish()
    }
}

/// Why a request was not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// [`Profile::is_usable`] says no.
    #[error("profile with a text that no request can carry; see the bounds of its methods")]
    Profile,
    /// A secret of no or too many bytes.
    #[error("secret of {0} bytes; use one of 1 to {MAX_SECRET}")]
    Secret(usize),
    /// A moment outside of the years 0 to 9999.
    #[error("time outside of the years 0 to 9999; look at the clock")]
    Time,
    /// A body's digest of another hash than the profile's.
    #[error("body digested with another hash than the profile's; digest it with that")]
    Digest,
    /// Not an absolute URL of http or https, or one with user information.
    #[error("url that cannot be presigned; write http:// or https://, a host, a path and a query")]
    Url,
    /// A verifier would refuse the request.
    #[error("request that would be refused: its caller {0}")]
    Refused(Flaw),
    /// The header map does not take the headers.
    #[error("headers that the map does not take; send fewer headers")]
    Header,
}
