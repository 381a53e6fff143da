//! What of a signed request can be refused before anybody's key is looked at.

use core::time::Duration;

use super::{
    authority::Authorities,
    bytes,
    canonical::{
        self, Fields, UNSIGNED, escapes_are_whole, is_normal, is_one_line, is_strict, pairs, put_hex,
    },
    date::day_digits,
    flaw::Flaw,
    host::host,
    presigned,
    profile::{Profile, Rules, Token},
    sigv4::{Form, Signed, digest_header},
};
use crate::{
    body::Payload,
    request::{OVERRIDES, trimmed},
    time::Timestamp,
};

/// Pairs of a query that are signed. PHP reads a thousand, JavaScript's client signs a thousand and leaves the rest
/// unsigned; more than these are refused instead.
const MAX_PAIRS: usize = 1024;

/// Escher's nine, compared in upper case.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT"];

impl Signed<'_> {
    /// Configuration, clock and body alone, in the order in which Escher's PHP library looks. `fields` are its own.
    pub(crate) fn check(
        &self,
        profile: &Profile,
        fields: &Fields<'_>,
        authorities: &Authorities,
        body: &Payload<'_>,
        now: Timestamp,
    ) -> Result<(), Flaw> {
        let host = self.check_form(profile, fields, body, now)?;
        if profile.any_host() || authorities.contain(host) { Ok(()) } else { Err(Flaw::Authority) }
    }

    /// All but whose host it is, which a signer cannot know. Returns the host.
    pub(super) fn check_form(
        &self,
        profile: &Profile,
        fields: &Fields<'_>,
        body: &Payload<'_>,
        now: Timestamp,
    ) -> Result<&str, Flaw> {
        self.check_method(profile, body)?;
        let host = host(&self.head)?.ok_or(Flaw::HostMissing)?;
        // A line is looked at below; `:authority` is none.
        if !is_one_line(host.as_bytes(), false) {
            return Err(Flaw::Value);
        }
        self.check_names(profile, fields)?;
        if !self.accepted {
            return Err(Flaw::Algorithm);
        }
        self.check_dates(profile, now)?;
        if !self.scope_matches {
            return Err(Flaw::Scope);
        }
        self.check_target(profile)?;
        self.check_lines(profile)?;
        fields.flaw.map_or(Ok(()), Err)?;
        self.check_body(profile, body)?;
        Ok(host)
    }

    fn check_method(&self, profile: &Profile, body: &Payload<'_>) -> Result<(), Flaw> {
        let (method, target) = (self.head.method, self.head.target);
        let is = |known: &str| known.eq_ignore_ascii_case(method);
        // One that is no token could stand for several lines of what is signed.
        if method.is_empty() || !method.bytes().all(|byte| bytes::is(byte.to_ascii_lowercase(), bytes::NAME))
        {
            return Err(Flaw::Method);
        }
        if profile.rules == Rules::Aws {
            let methods = &profile.presigned.methods;
            if self.is_presigned() && !methods.is_empty() && !methods.iter().any(|known| **known == *method) {
                return Err(Flaw::Method);
            }
        } else if !METHODS.iter().any(|known| is(known)) || (self.is_presigned() && !is("GET")) {
            return Err(Flaw::Method);
        }
        if !target.starts_with('/') && target.contains("://") {
            return Err(Flaw::Absolute);
        }
        // The suite tells no body from an empty one, which HTTP does not: nobody else may be asked to.
        let asked = profile.conformance && profile.rules != Rules::Aws;
        if asked && is("POST") && matches!(body, Payload::Absent) {
            return Err(Flaw::BodyMissing);
        }
        Ok(())
    }

    fn check_names(&self, profile: &Profile, fields: &Fields<'_>) -> Result<(), Flaw> {
        let presigned = self.is_presigned();
        if !fields.signs_host {
            return Err(Flaw::HostUnsigned);
        }
        if !presigned && !fields.signs_date {
            return Err(Flaw::DateUnsigned);
        }
        if let Some(place) = profile.required.iter().position(|name| !self.names.contain(name)) {
            return Err(Flaw::Unsigned(u8::try_from(place).unwrap_or(u8::MAX)));
        }
        if presigned && profile.rules != Rules::Aws && fields.count > 1 {
            return Err(Flaw::PresignedHeaders);
        }
        Ok(())
    }

    fn check_dates(&self, profile: &Profile, now: Timestamp) -> Result<(), Flaw> {
        if !self.date.starts_with(&day_digits(self.day)) {
            return Err(Flaw::ScopeDay);
        }
        if let Form::Query(life) = self.form
            && Duration::from_secs(life) > profile.max_life
        {
            return Err(Flaw::Life);
        }
        let earliest = self.requested_at.minus(profile.window);
        if (earliest..=self.valid_until(profile)).contains(&now) { Ok(()) } else { Err(Flaw::Window) }
    }

    fn check_target(&self, profile: &Profile) -> Result<(), Flaw> {
        let (path, query) = canonical::split(self.head.target);
        let php = profile.rules == Rules::AntavoPhp;
        // However lenient: a control character could stand for several lines of what is signed. A strict path has none.
        let steers = || path.bytes().any(|byte| byte.is_ascii_control());
        if !path.starts_with('/') || if profile.path.strict { !is_strict(path) } else { steers() } {
            return Err(Flaw::Path);
        }
        if php && !php_keeps(path) {
            return Err(Flaw::Path);
        }
        // Counted without the empty ones only where there may be too many.
        let separators = query.bytes().fold(0, |count, byte| count + usize::from(byte == b'&'));
        if separators >= MAX_PAIRS && pairs(query).take(MAX_PAIRS + 1).count() > MAX_PAIRS {
            return Err(Flaw::TooMany);
        }
        if php && (self.head.target.contains('#') || !php_signs_all(query)) {
            return Err(Flaw::Parameters);
        }
        Ok(())
    }

    /// Headers that must be signed if they are there, or must not be there.
    fn check_lines(&self, profile: &Profile) -> Result<(), Flaw> {
        let token = profile.token == Token::Refused && profile.rules == Rules::Aws;
        for (name, _) in self.head.headers.iter() {
            // All of them begin alike, and most lines do not.
            if !matches!(name.as_bytes().first(), Some(b'x' | b'X')) {
                continue;
            }
            let known = OVERRIDES.iter().find(|known| known.eq_ignore_ascii_case(name));
            if known.is_some_and(|known| !self.names.contain(known)) {
                return Err(Flaw::Override);
            }
            if token && profile.token_name.eq_ignore_ascii_case(name) {
                return Err(Flaw::Token);
            }
        }
        let parameter =
            |text| profile.parameter(text).map(|rest| canonical::pair(rest).0) == Some(presigned::TOKEN);
        let query = canonical::split(self.head.target).1;
        if token && presigned::may_have_parameters(query) && pairs(query).any(parameter) {
            Err(Flaw::Token)
        } else {
            Ok(())
        }
    }

    fn check_body(&self, profile: &Profile, body: &Payload<'_>) -> Result<(), Flaw> {
        if self.is_presigned() && !profile.presigned.body && !body.is_empty() {
            return Err(Flaw::PresignedBody);
        }
        let put_or_post = ["PUT", "POST"].iter().any(|known| known.eq_ignore_ascii_case(self.head.method));
        if profile.rules == Rules::AntavoPhp && !put_or_post && !body.is_empty() {
            return Err(Flaw::BodyUnsigned);
        }
        let mut lines = digest_header(profile, &self.head);
        let Some(line) = lines.next() else { return Ok(()) };
        if lines.next().is_some() {
            return Err(Flaw::Twice);
        }
        let value = trimmed(line);
        let unsigned = value == UNSIGNED.as_bytes();
        let allowed = profile.payload.unsigned || (self.is_presigned() && profile.payload.unsigned_presigned);
        if !self.names.contain(&profile.digest_name) {
            return Err(Flaw::DigestMissing);
        }
        if (unsigned && !allowed) || value.starts_with(b"STREAMING-") {
            return Err(Flaw::BodyUnsigned);
        }
        let mut digest = Hex::default();
        if let Some(body) = body.digest(self.alg) {
            put_hex(body.as_bytes(), &mut digest);
        }
        if unsigned || digest.is(value) { Ok(()) } else { Err(Flaw::Digest) }
    }
}

/// Whether the rules of Antavo's fork would leave this path alone: they delete `./` wherever it stands and collapse
/// slashes once.
fn php_keeps(path: &str) -> bool {
    is_normal(path) && !path.contains("./")
}

/// Whether the fork would sign every byte of this query.
fn php_signs_all(query: &str) -> bool {
    let whole = |text: &str| !text.is_empty() && text.split('=').count() <= 2 && escapes_are_whole(text);
    query.is_empty() || query.split('&').all(whole)
}

/// Room for a digest in hexadecimal.
struct Hex {
    text: [u8; 128],
    length: usize,
}

impl Default for Hex {
    fn default() -> Self {
        Self { text: [0; 128], length: 0 }
    }
}

impl Hex {
    fn is(&self, text: &[u8]) -> bool {
        self.length > 0 && self.text.get(..self.length) == Some(text)
    }
}

impl super::sink::Sink for Hex {
    fn put(&mut self, bytes: &[u8]) {
        if let Some(room) = self.text.get_mut(self.length..self.length + bytes.len()) {
            room.copy_from_slice(bytes);
            self.length += bytes.len();
        }
    }
}

#[cfg(test)]
mod tests;
