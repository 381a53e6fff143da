//! A value with parameters: a media type (RFC 9110 §8.3.1), the disposition of a part (RFC 2183 §2). Read where it
//! stands.

/// `value; name=text; name="quoted text"`.
#[derive(Clone, Copy)]
pub(crate) struct Media<'v> {
    value: &'v [u8],
    parameters: &'v [u8],
}

/// Parameters that are none, or a parameter that stands twice: two readers could differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// What a parameter says, still escaped where it was quoted.
#[derive(Clone, Copy)]
pub(crate) struct Text<'v>(&'v [u8]);

impl<'v> Media<'v> {
    /// Parameters are read once they are asked for.
    pub(crate) fn new(text: &'v [u8]) -> Self {
        let end = text.iter().position(|byte| *byte == b';').unwrap_or(text.len());
        let (value, parameters) = text.split_at_checked(end).unwrap_or((text, b""));
        Self { value: value.trim_ascii(), parameters }
    }

    /// Compared without case.
    pub(crate) fn is(&self, value: &str) -> bool {
        self.value.eq_ignore_ascii_case(value.as_bytes())
    }

    /// Whether the value ends so, compared without case: `+json` and the like (RFC 6839).
    pub(crate) fn ends(&self, end: &str) -> bool {
        let at = self.value.len().checked_sub(end.len());
        at.and_then(|at| self.value.get(at..)).is_some_and(|found| found.eq_ignore_ascii_case(end.as_bytes()))
    }

    /// What the parameter says, if it is there; its name is compared without case. All parameters are read.
    pub(crate) fn parameter(&self, name: &str) -> Result<Option<Text<'v>>, Unreadable> {
        let (mut rest, mut found) = (self.parameters, None);
        while let Some((known, text, behind)) = next(rest)? {
            rest = behind;
            if known.eq_ignore_ascii_case(name.as_bytes()) && found.replace(text).is_some() {
                return Err(Unreadable);
            }
        }
        Ok(found)
    }
}

impl<'v> Text<'v> {
    /// As it stands, without its quotes.
    pub(crate) fn raw(self) -> &'v [u8] {
        self.0
    }

    /// What is meant: a backslash is left out, and what follows it stands for itself.
    pub(crate) fn bytes(self) -> impl Iterator<Item = u8> {
        let mut raw = self.0.iter().copied();
        core::iter::from_fn(move || match raw.next()? {
            b'\\' => raw.next(),
            byte => Some(byte),
        })
    }
}

type Parameter<'v> = (&'v [u8], Text<'v>, &'v [u8]);

/// `*( OWS ";" OWS [ name "=" ( token / quoted-string ) ] )` (RFC 9110 §5.6.6): name, text and what is left, or `None` at
/// the end.
fn next(mut rest: &[u8]) -> Result<Option<Parameter<'_>>, Unreadable> {
    while let [b';' | b' ' | b'\t', behind @ ..] = rest {
        rest = behind;
    }
    if rest.is_empty() {
        return Ok(None);
    }
    let (name, rest) = token(rest)?;
    let rest = rest.strip_prefix(b"=").ok_or(Unreadable)?;
    let (text, rest) = match rest.strip_prefix(b"\"") {
        Some(quoted) => self::quoted(quoted)?,
        None => token(rest)?,
    };
    let behind = rest.trim_ascii_start();
    if behind.is_empty() || behind.starts_with(b";") {
        Ok(Some((name, Text(text), behind)))
    } else {
        Err(Unreadable)
    }
}

/// One or more characters of RFC 9110 §5.6.2.
fn token(text: &[u8]) -> Result<(&[u8], &[u8]), Unreadable> {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let end = text.iter().position(|byte| !fits(byte)).unwrap_or(text.len());
    if end == 0 { Err(Unreadable) } else { text.split_at_checked(end).ok_or(Unreadable) }
}

/// Up to the quote that ends it, and what follows that.
fn quoted(text: &[u8]) -> Result<(&[u8], &[u8]), Unreadable> {
    let mut escaped = false;
    let ends = |byte: &u8| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    };
    let end = text.iter().position(ends).ok_or(Unreadable)?;
    let (inside, behind) = text.split_at_checked(end).ok_or(Unreadable)?;
    Ok((inside, behind.strip_prefix(b"\"").ok_or(Unreadable)?))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn parameter(text: &str, name: &str) -> Result<Option<Vec<u8>>, Unreadable> {
        Media::new(text.as_bytes()).parameter(name).map(|found| found.map(|text| text.bytes().collect()))
    }

    #[test]
    fn a_value_and_its_parameters_are_read_as_they_are_written() {
        for (text, value) in [
            ("text/xml", "TEXT/xml"),
            (" text/xml ; charset=utf-8", "text/xml"),
            ("text/xml;charset=utf-8", "text/xml"),
            ("", ""),
        ] {
            assert!(Media::new(text.as_bytes()).is(value), "{text}");
        }
        assert!(!Media::new(b"text/xmls").is("text/xml"));
        for (text, meant) in [
            ("a/b; n=x", Some("x")),
            ("a/b;N=x", Some("x")),
            ("a/b;; ;n=x ;", Some("x")),
            ("a/b; m=1; n=\"x y\" ; o=2", Some("x y")),
            ("a/b; n=\"x\\\"y\\\\\"", Some("x\"y\\")),
            ("a/b; n=\"\"", Some("")),
            ("a/b; m=\"; n=no\"", None),
            ("a/b", None),
            ("a/b;", None),
        ] {
            assert_eq!(parameter(text, "n"), Ok(meant.map(Vec::from)), "{text}");
        }
    }

    #[test]
    fn parameters_that_two_readers_could_read_differently_are_not_read() {
        for text in [
            "a/b; n",
            "a/b; n=",
            "a/b; =x",
            "a/b; n=x y",
            "a/b; n=\"x",
            "a/b; n=\"x\"y",
            "a/b; n=\"x\\\"",
            "a/b; n = x",
            "a/b; n=x; n=y",
            "a/b; n=x; N=x",
            "a/b; n=x; m",
            "a/b; n=x/y",
            "a/b, n=x; n=\u{e9}",
        ] {
            assert_eq!(parameter(text, "n"), Err(Unreadable), "{text}");
        }
    }
}
