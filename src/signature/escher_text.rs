//! Refusals as Escher's libraries number and word them.
//!
//! Numbers are those of the PHP library's `Exception.php`, texts those that `EscherAuth/test-cases` expect; where the
//! suite has none, the PHP library's, and where that knows no such refusal, the nearest. 0: the suite has a text and no
//! library a number.

use core::fmt;

use super::{flaw::Flaw, profile::Profile};
use crate::request::RequestHead;

/// A refusal as Escher's libraries have it: `Display` is the sentence, [`code`](Self::code) its number.
///
/// What it says of a flaw may be told to anyone. That a key is unknown and that a signature differs are two refusals
/// here, as in the libraries: who tells them apart to callers tells them which keys exist.
///
/// ```
/// use keyward::{Flaw, Headers, Profile, Rejected, RequestHead};
/// let head = RequestHead::new("GET", "/", Headers::lines(&[]));
/// let profile = Profile::antavo("st1");
/// let text = Rejected::Flaw(Flaw::Window).escher(&profile, &head).unwrap();
/// assert_eq!(text.to_string(), "The request date is not within the accepted time range");
/// assert_eq!(text.code(), Some(5001));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EscherText<'p> {
    code: u16,
    before: &'static str,
    name: &'p str,
    behind: &'static str,
}

impl EscherText<'_> {
    const fn plain(code: u16, text: &'static str) -> Self {
        Self { code, before: text, name: "", behind: "" }
    }

    /// The number of the PHP library's exception, 1001 to 6001; `None` where no library numbers what the published
    /// suite words.
    pub fn code(&self) -> Option<u16> {
        (self.code != 0).then_some(self.code)
    }
}

impl fmt::Display for EscherText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.before, self.name, self.behind)
    }
}

/// No subject for the key.
pub(crate) const KEY: EscherText<'static> = EscherText::plain(3001, "Invalid Escher key");

/// Another MAC than the one that was sent.
pub(crate) const MISMATCH: EscherText<'static> = EscherText::plain(6001, "The signatures do not match");

/// Nothing under the name of the profile's header.
pub(crate) const MISSING: EscherText<'static> =
    EscherText::plain(1001, "The authorization header is missing");

/// The profile's header is there, and of another scheme.
pub(crate) const FOREIGN: EscherText<'static> = EscherText::plain(2002, HEADER);

/// A request that carries nothing of the profile: its header is not there, or is of another scheme.
pub(crate) fn unsigned(profile: &Profile, head: &RequestHead<'_>) -> EscherText<'static> {
    if head.headers.all(&profile.auth_header).next().is_some() { FOREIGN } else { MISSING }
}

const HEADER: &str = "Could not parse auth header";

/// What was refused before the key was looked at.
pub(crate) fn escher(flaw: Flaw, profile: &Profile) -> EscherText<'_> {
    let unsigned = |name| EscherText { code: 4002, before: "The ", name, behind: " header is not signed" };
    let (code, text) = match flaw {
        Flaw::DateMissing => {
            let name = &profile.date_name;
            return EscherText { code: 1100, before: "The ", name, behind: " header is missing" };
        }
        Flaw::DateUnsigned => return unsigned(&profile.date_name),
        Flaw::Unsigned(place) => {
            return unsigned(profile.required.get(usize::from(place)).map_or("required", |name| name));
        }
        Flaw::Header | Flaw::KeyId | Flaw::Twice | Flaw::TooMany => (2002, HEADER),
        Flaw::Query => (2003, "Could not parse the signature parameters"),
        Flaw::Incomplete => (1101, "A signature parameter is missing"),
        Flaw::HostMissing => (1102, "The host header is missing"),
        Flaw::Hosts => (1102, "The host header is ambiguous"),
        Flaw::Date if profile.any_date() => {
            (2001, "Date header is invalid, the expected format is Wed, 04 Nov 2015 09:20:22 GMT")
        }
        Flaw::Date => (2004, "Date header is invalid, the expected format is 20151104T092022Z"),
        Flaw::Method => (0, "The request method is invalid"),
        Flaw::Absolute => (0, "The request url shouldn't contains http or https"),
        Flaw::BodyMissing => (0, "The request body shouldn't be empty if the request method is POST"),
        Flaw::HostUnsigned => (4001, "The host header is not signed"),
        Flaw::PresignedHeaders => (4001, "Only the host header should be signed"),
        Flaw::Algorithm => (3002, "Only SHA256 and SHA512 hash algorithms are allowed"),
        Flaw::Scope | Flaw::Authority => (3003, "The credential scope is invalid"),
        Flaw::ScopeDay => (3004, "The credential date does not match with the request date"),
        Flaw::Window | Flaw::Life => (5001, "The request date is not within the accepted time range"),
        // The libraries sign something else than was sent here, so that their signatures differ.
        Flaw::Override
        | Flaw::Path
        | Flaw::Parameters
        | Flaw::Value
        | Flaw::Token
        | Flaw::Absent
        | Flaw::PresignedBody
        | Flaw::BodyUnsigned
        | Flaw::Digest
        | Flaw::DigestMissing => return MISMATCH,
    };
    EscherText::plain(code, text)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn refusals_have_the_numbers_of_the_php_library() {
        let profile = Profile::escher("a/b/c").require_signed(["X-Tenant"]);
        for (flaw, code, text) in [
            (Flaw::DateMissing, 1100, "The x-escher-date header is missing"),
            (Flaw::DateUnsigned, 4002, "The x-escher-date header is not signed"),
            (Flaw::Unsigned(0), 4002, "The x-tenant header is not signed"),
            (Flaw::Unsigned(9), 4002, "The required header is not signed"),
            (Flaw::Date, 2004, "Date header is invalid, the expected format is 20151104T092022Z"),
            (Flaw::HostMissing, 1102, "The host header is missing"),
            (Flaw::HostUnsigned, 4001, "The host header is not signed"),
            (Flaw::Header, 2002, "Could not parse auth header"),
            (Flaw::Query, 2003, "Could not parse the signature parameters"),
            (Flaw::Incomplete, 1101, "A signature parameter is missing"),
            (Flaw::Algorithm, 3002, "Only SHA256 and SHA512 hash algorithms are allowed"),
            (Flaw::Scope, 3003, "The credential scope is invalid"),
            (Flaw::ScopeDay, 3004, "The credential date does not match with the request date"),
            (Flaw::Window, 5001, "The request date is not within the accepted time range"),
            (Flaw::PresignedHeaders, 4001, "Only the host header should be signed"),
            (Flaw::Path, 6001, "The signatures do not match"),
        ] {
            let said = escher(flaw, &profile);
            assert_eq!((said.code, said.to_string().as_str()), (code, text), "{flaw:?}");
        }
        let dated = profile.date_header("Date");
        assert_eq!(escher(Flaw::Date, &dated).code, 2001);
        assert_eq!(escher(Flaw::DateMissing, &dated).to_string(), "The date header is missing");
        assert_eq!((KEY.code, MISMATCH.code), (3001, 6001));
    }
}
