//! What a client may have signed otherwise, in words.

use alloc::boxed::Box;
use core::fmt;

/// Which part of what is signed differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The request carries no signature.
    Unsigned,
    /// What was given does not suffice for a comparison: a body of which there is another digest, a text that is no
    /// canonical request.
    Unreadable,
    /// Only a hash of the secret is kept, so nothing can be tried.
    NotSealed,
    /// How the path is encoded.
    PathEncoding,
    /// Whether dots are resolved and slashes collapsed.
    PathNormalisation,
    /// What a `+` in the query stands for.
    Plus,
    /// The order of the query's pairs.
    QueryOrder,
    /// How the query is encoded, and which of its pairs are signed.
    QueryEncoding,
    /// White space in header values, and headers of several lines.
    HeaderFolding,
    /// A header that one side signs and the other does not.
    HeaderMissing,
    /// The order of the signed headers.
    HeaderOrder,
    /// A header's name or value.
    HeaderValue,
    /// The host, or its port.
    HostOrPort,
    /// The body, or how it is digested.
    BodyHash,
    /// The date.
    Date,
    /// The credential scope, or its day.
    Scope,
    /// The name of the hash, or the hash.
    HashLabel,
    /// The method.
    Method,
    /// The form in which the secret is used.
    SecretForm,
    /// A component or a parameter of a message signature.
    Component,
    /// Not everything was tried, for want of bounds that are wide enough.
    Incomplete,
    /// Nothing that is known.
    Unknown,
}

/// One part that differs. `Display` says what, and how to mend it in the client.
///
/// It names headers and components that the signature itself lists, and no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    how: How,
    part: Option<Box<str>>,
}

impl Difference {
    pub(super) fn new(how: How) -> Self {
        Self { how, part: None }
    }

    pub(super) fn of(how: How, part: Option<&str>) -> Self {
        Self { how, part: part.map(Box::from) }
    }

    /// Which part.
    pub fn cause(&self) -> Cause {
        self.how.words().0
    }

    /// The header or component, where it is one of several.
    pub fn part(&self) -> Option<&str> {
        self.part.as_deref()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(part) = &self.part {
            write!(f, "{part}: ")?;
        }
        f.write_str(self.how.words().1)
    }
}

macro_rules! hows {
    ($($how:ident $cause:ident $words:literal;)*) => {
        /// A mistake that clients make, or a difference that has no better name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum How { $($how),* }

        impl How {
            fn words(self) -> (Cause, &'static str) {
                match self { $(Self::$how => (Cause::$cause, $words)),* }
            }

            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$how),*];
        }
    };
}

hows! {
    Unsigned Unsigned "the request carries no signature of a known scheme; have the client sign it, and look for a proxy that removes headers";
    Digested Unreadable "the body was given as a digest of another kind than is signed; give its bytes";
    NotText Unreadable "the text has too few lines for what it is said to be; paste all of it, as the client prints it";
    TooLong Unreadable "the text is longer than is compared; paste that of a smaller request";
    OtherForm Unreadable "the text is of another scheme than the request; give what this scheme signs";
    OtherRequest Unreadable "the client's own request cannot be read as a signed one; give it as the client sent it";
    Broken Unreadable "what is signed cannot be put together, because a part of the request is missing or cannot be read; mend that first";
    NotSealed NotSealed "the credential's secret is kept as a hash alone, so nothing can be tried; compare what the client signs, or issue a credential that is sealed";
    Stopped Incomplete "the request is too large, or has too many parts, to try every mistake; reproduce it with a smaller one";
    Unknown Unknown "nothing that is known explains it: another secret, or bytes that changed on the way; compare the secret, then what the client prints as signed";

    MethodCase Method "the method is signed in another case; sign it as this scheme wants it, in upper case where the client has the choice";
    MethodOther Method "another method is signed than arrived; sign the method that is sent, and look for a redirect or a proxy that changes it";

    PathRaw PathEncoding "the path is signed as it was sent; percent-encode it once more before signing, as this scheme wants it";
    PathEncoded PathEncoding "the path is percent-encoded once more than this scheme wants; sign it as it is sent";
    PathDecoded PathEncoding "the path is signed decoded; sign it with its escapes";
    PathQuery PathEncoding "the path is signed with its query; cut it off at the question mark";
    PathSlash PathNormalisation "the path is signed with a slash at its end added or removed; sign it as it is sent";
    PathKept PathNormalisation "the path is signed with its dots and double slashes; resolve and collapse them before signing";
    PathNormal PathNormalisation "dots or double slashes of the path are resolved before signing; sign it as it is sent";
    PathOther PathEncoding "another path is signed than arrived; sign the path that is sent, and look for a proxy that rewrites it";

    PlusSpace Plus "a plus in the query is signed as a space, %20; in this scheme it is a plus, %2B";
    PlusPlus Plus "a plus in the query is signed as %2B; in this scheme it is a space, %20";
    PlusBare Plus "a plus in the query is signed as it is; encode it, as a space or a plus, as this scheme says";
    QuerySent QueryOrder "the query is signed in the order in which it was sent; sort its pairs";
    QuerySorted QueryOrder "the query is sorted by another rule; sort the encoded pairs, by key and value or as whole texts, as this scheme says";
    QueryRawSorted QueryOrder "the query is sorted before it is encoded; encode first, then sort";
    QueryRaw QueryEncoding "the query is signed as it was sent; encode every key and value anew";
    QueryDecoded QueryEncoding "the query is signed decoded; encode every key and value";
    QueryTwice QueryEncoding "the query is encoded twice; decode what is encoded already, then encode once";
    QueryLower QueryEncoding "the query's escapes are signed in lower case; write them in upper case, %2F";
    QuerySigns QueryEncoding "other characters of the query are left bare than in this scheme; mind !, *, ', ( and )";
    QueryEmpty QueryEncoding "empty pairs of the query are signed; leave them out";
    QueryBare QueryEncoding "a key without a value is signed without its equals sign; write key=";
    QueryLeft QueryEncoding "the query is not signed; sign it";
    QueryOther QueryEncoding "another query is signed than arrived; compare it pair by pair, and look for a proxy that adds or removes some";

    Untrimmed HeaderFolding "header values are signed with the white space around them; trim them";
    Unfolded HeaderFolding "runs of spaces in header values are signed as they are; make each one space";
    LinesSpaced HeaderFolding "the lines of a header that stands several times are joined otherwise; join them with a comma, with or without a space as this scheme says";
    LinesLast HeaderFolding "of a header that stands several times only the last line is signed; join all of them";
    LinesFirst HeaderFolding "of a header that stands several times only the first line is signed; join all of them";
    HeaderLeft HeaderMissing "listed as signed, but not among the signed lines; sign its line";
    HeaderEmpty HeaderMissing "signed with an empty value; sign the value that is sent";
    HeaderExtra HeaderMissing "a header is signed that is not listed as signed; list it, or leave it out";
    HeadersSent HeaderOrder "the signed headers stand in another order; sort them by name";
    NamesOther HeaderOrder "the list of signed headers differs from that of the request; write the same list in both, lower case, sorted, with semicolons";
    HeaderCase HeaderValue "the name of a header is not signed in lower case; write it so";
    HeaderOther HeaderValue "another value is signed than arrived; sign the value that is sent, and look for a proxy that changes it";
    HostPort HostOrPort "the host is signed with a port that was not sent; sign the Host header as it is sent";
    HostBare HostOrPort "the host is signed without the port that was sent; sign the Host header as it is sent";
    HostCase HostOrPort "the host is signed in another case than it was sent; sign it as this scheme says";
    HostOther HostOrPort "another host is signed than arrived; sign the Host header that is sent, and have the proxy pass it on";

    BodyNone BodyHash "the digest of an empty body is signed; digest the bytes that are sent";
    BodyUnsigned BodyHash "UNSIGNED-PAYLOAD is signed in place of the body's digest; digest the bytes that are sent";
    BodyWords BodyHash "the digest of the words UNSIGNED-PAYLOAD is signed; digest the bytes that are sent";
    BodyLf BodyHash "the body is digested with LF where CR LF was sent; digest the bytes that are sent";
    BodyCrlf BodyHash "the body is digested with CR LF where LF was sent; digest the bytes that are sent";
    BodyCut BodyHash "the body is digested without its last line break; digest the bytes that are sent";
    BodyLine BodyHash "the body is digested with a line break at its end that was not sent; digest the bytes that are sent";
    BodyUpper BodyHash "the body's digest is signed in upper-case hexadecimal; write it in lower case";
    BodyAlg BodyHash "the body is digested with another hash than the signature names; use the same for both";
    BodyHeader BodyHash "another digest of the body is signed than the body has; digest the bytes that are sent";
    BodyOther BodyHash "the digest of another body is signed; digest the bytes that are sent, after compression and conversion, and look for a proxy that changes them";

    LabelOther HashLabel "the string to sign names another hash than the signature does; name the same in both";
    LabelPrefix HashLabel "the first line of the string to sign differs from the algorithm that the signature names; write the same in both";
    RequestAlg HashLabel "the canonical request is digested with another hash than the signature names; use the same for both";
    DateRaw Date "the date is signed as its header has it; write it as YYYYMMDDTHHMMSSZ in the string to sign";
    DateLong Date "the date is signed with dashes and colons; write it as YYYYMMDDTHHMMSSZ in the string to sign";
    DateOther Date "another date is signed than arrived; take header and string to sign from one moment";
    DayLine Scope "the day in the string to sign is another than the scope's; take both from one moment, in UTC";
    DayKey Scope "the signing key is derived for another day than the scope's, as of local time; take both from one moment, in UTC";
    DayBoth Scope "the scope is signed with another day than it was sent with, as of local time; take both from one moment, in UTC";
    ScopeConfigured Scope "this service's scope is signed and another one sent; send the one that is signed";
    ScopeOther Scope "another scope is signed than arrived; sign the one that is sent";
    Digest Unknown "the canonical requests differ in a way that no known mistake explains; compare the canonical request itself";

    NoPrefix SecretForm "the signing key is derived from the secret without the scheme's prefix; put it before the secret";
    NotDerived SecretForm "the secret itself is used as the signing key; derive one from it for day and scope";
    Base64 SecretForm "the secret is decoded from base64 before use; use its text as it is";
    Hex SecretForm "the secret is decoded from hexadecimal before use; use its text as it is";
    Blank SecretForm "the secret is used with a blank before or behind it; use its text without";
    Line SecretForm "the secret is used with a line break behind it, as read from a file; trim it";
    Trimmed SecretForm "the secret is used without the white space at its ends; use its text as it is";
    KeyId SecretForm "the key is used in place of the secret; use the secret";

    UriScheme Component "the target URI is signed with another scheme; sign the one that the caller uses, and tell the verifier how the request came";
    UriPath Component "the target URI is signed without scheme and host; sign the whole of it";
    QueryMark Component "the query is signed without its question mark; RFC 9421 has it, also before an empty query";
    QuerySortedAnyway QueryOrder "the query is sorted before it is signed; sign it as it is sent";
    PlusChanged Plus "a plus in the query is signed as %20 or %2B; sign the query as it is sent";
    AuthorityPort HostOrPort "the authority is signed with a port that was not sent, or with the default one; leave the default port out";
    AuthorityCase HostOrPort "the authority is signed in upper case; write it in lower case";
    Folded HeaderFolding "runs of spaces in a header value are signed as one; sign the value as it is sent";
    ParameterOrder Component "the parameters of the signature are signed in another order than they were sent; write them once, and use that text in both";
    ParameterOther Component "the parameters of the signature are signed with other values than were sent; write them once, and use that text in both";
    AlgLeft Component "the parameter alg is signed and not sent, or sent and not signed; write the parameters once, and use that text in both";
    LineOrder Component "the components are signed in another order than listed; keep the list's order";
    LineEnd Component "the signature base ends in a line break; end it behind the parameters";
    ParametersLeft Component "the signature base lacks its last line, the parameters; add @signature-params";
    LineLeft Component "listed and not signed; add its line";
    LineExtra Component "a component is signed that is not listed; list it, or leave it out";
    LineOther Component "another value is signed than arrived; sign what is sent, as RFC 9421 writes it";
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn every_sentence_says_what_differs_and_what_to_do() {
        for how in How::ALL {
            let text = Difference::new(*how).to_string();
            assert!(text.contains("; "), "{text}");
            assert!(text.starts_with(|first: char| first.is_lowercase() || first == 'U'), "{text}");
            assert!(!text.ends_with('.'), "{text}");
        }
        let named = Difference::of(How::HeaderLeft, Some("x-a"));
        assert_eq!((named.cause(), named.part()), (Cause::HeaderMissing, Some("x-a")));
        assert!(named.to_string().starts_with("x-a: listed"));
    }
}
