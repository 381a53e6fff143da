//! A path as it is signed, and which paths are canonical already.

use alloc::{borrow::Cow, string::String, vec::Vec};

use super::encode::escape;
use crate::signature::{
    bytes::{BARE, SEGMENT, SLASH, all_are, cut, is, octet},
    profile::{PathRules, Profile, Rules},
    sink::Sink,
};

/// Whether a path is one that every reader takes for the same: absolute, no empty, `.` or `..` segment, nothing but
/// `pchar` of RFC 3986 §3.3, and no escape of a character that needs none or that routers disagree about.
pub(crate) fn is_strict(path: &str) -> bool {
    is_normal(path) && needs_no_other_escape(path)
}

/// Whether resolving dots and collapsing slashes would change nothing.
pub(crate) fn is_normal(path: &str) -> bool {
    let [b'/', rest @ ..] = path.as_bytes() else { return false };
    if !may_have_others(path) {
        return true; // nearly always
    }
    let (mut length, mut dots) = (0, true);
    for byte in rest {
        if *byte != b'/' {
            length += 1;
            dots &= *byte == b'.';
            continue;
        }
        if length == 0 || (dots && length <= 2) {
            return false;
        }
        (length, dots) = (0, true);
    }
    // A last empty segment is a trailing slash.
    length == 0 || !dots || length > 2
}

/// Whether a segment begins with a dot, or one before the last is empty.
fn may_have_others(path: &str) -> bool {
    let pairs = path.bytes().zip(path.bytes().skip(1));
    pairs.fold(false, |found, (a, b)| found | ((a == b'/') & ((b == b'/') | (b == b'.'))))
}

fn needs_no_other_escape(path: &str) -> bool {
    if all_are(path, BARE | SEGMENT | SLASH) {
        return true; // nearly always
    }
    let mut rest = path.as_bytes();
    loop {
        rest = match rest {
            [] => return true,
            [b'%', high, low, tail @ ..] => match octet(*high, *low) {
                Some(b'/' | b'\\' | 0) | None => return false,
                Some(byte) if is(byte, BARE) => return false,
                Some(_) => tail,
            },
            [byte, tail @ ..] if is(*byte, BARE | SEGMENT) || *byte == b'/' => tail,
            _ => return false,
        }
    }
}

/// Puts the path as `rules` sign it.
pub(crate) fn put(path: &str, rules: Rules, how: PathRules, out: &mut impl Sink) {
    if !how.normalize || is_normal(path) {
        return put_piece(path, how, out);
    }
    let mut kept: Vec<&str> = Vec::with_capacity(path.split('/').count());
    let mut last = "";
    for segment in path.split('/') {
        last = segment;
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            name => kept.push(name),
        }
    }
    for segment in &kept {
        out.put(b"/");
        put_piece(segment, how, out);
    }
    // Behind a last `.` or `..` Escher keeps the slash and SigV4 does not.
    let slash = last.is_empty() || (matches!(last, "." | "..") && !matches!(rules, Rules::Aws));
    if slash || kept.is_empty() {
        out.put(b"/");
    }
}

impl Profile {
    /// The path that a request of this target is signed for, its escapes as they arrived: dots resolved and slashes
    /// collapsed, where this profile does so.
    ///
    /// For a service that takes [lenient](Self::lenient_path) paths: what is verified is a signature over this path, so route
    /// by it and by nothing else, or `/public/../admin` is verified as one and served as the other. A strict profile
    /// refuses paths that are not this already.
    ///
    /// ```
    /// use keyward::Profile;
    /// let profile = Profile::escher("eu/suite/ems_request").lenient_path();
    /// assert_eq!(profile.canonical_path("/public/../admin//users?page=2"), "/admin/users");
    /// assert_eq!(profile.canonical_path("/admin/users"), "/admin/users");
    /// ```
    pub fn canonical_path<'t>(&self, target: &'t str) -> Cow<'t, str> {
        let path = cut(target, b'?').map_or(target, |(path, _)| path);
        if !self.path.normalize || is_normal(path) {
            return Cow::Borrowed(path);
        }
        let mut out = Vec::with_capacity(path.len());
        put(path, self.rules, PathRules { encode: false, ..self.path }, &mut out);
        // Whole segments of a text.
        Cow::Owned(String::from_utf8(out).unwrap_or_default())
    }
}

fn put_piece(piece: &str, how: PathRules, out: &mut impl Sink) {
    if !how.encode || all_are(piece, BARE | SLASH) {
        return out.put(piece.as_bytes());
    }
    let mut rest = piece.as_bytes();
    while !rest.is_empty() {
        let run = rest.iter().take_while(|byte| is(**byte, BARE | SLASH)).count();
        let (bare, tail) = rest.split_at_checked(run).unwrap_or((rest, &[]));
        out.put(bare);
        rest = match tail {
            [byte, tail @ ..] => {
                out.put(&escape(*byte));
                tail
            }
            [] => tail,
        };
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn signed(path: &str, rules: Rules, normalize: bool, encode: bool) -> String {
        let mut out = Vec::new();
        put(path, rules, PathRules { normalize, encode, strict: false }, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strict_paths_are_read_by_everybody_alike() {
        for path in
            ["/", "/a", "/a/", "/a%20b", "/%C3%A9", "/%c3%a9", "/a:b@c", "/a+b", "/.a", "/a..", "/..."]
        {
            assert!(is_strict(path), "{path}");
        }
        for path in [
            "", "a", "*", "//", "/a//b", "/a//", "/.", "/..", "/./a", "/a/..", "/a/../b", "/a\\b", "/%2f",
            "/%2F", "/%5C", "/%5c", "/%2E", "/%2e%2e", "/%41", "/%7e", "/%", "/%4", "/%zz", "/a b", "/é",
            "/%00", "/a#b", "/a?b",
        ] {
            assert!(!is_strict(path), "{path}");
        }
    }

    #[test]
    fn dots_are_resolved_and_slashes_collapsed() {
        for (path, escher, aws) in [
            ("/", "/", "/"),
            ("//", "/", "/"),
            ("/a//b", "/a/b", "/a/b"),
            ("//foo//", "/foo/", "/foo/"),
            ("/./", "/", "/"),
            ("/./foo", "/foo", "/foo"),
            ("/foo/..", "/", "/"),
            ("/foo/bar/../..", "/", "/"),
            ("/a/b/../c", "/a/c", "/a/c"),
            ("/a/b/..", "/a/", "/a"),
            ("/a/.", "/a/", "/a"),
            ("/../../a", "/a", "/a"),
            ("/a%2F..%2Fb", "/a%2F..%2Fb", "/a%2F..%2Fb"),
        ] {
            assert_eq!(signed(path, Rules::Escher, true, false), escher, "{path}");
            assert_eq!(signed(path, Rules::Aws, true, false), aws, "{path}");
            assert_eq!(signed(path, Rules::Aws, false, false), path);
        }
    }

    #[test]
    fn an_encoded_path_has_its_escapes_encoded_again() {
        assert_eq!(signed("/a b/é/%20", Rules::Aws, true, true), "/a%20b/%C3%A9/%2520");
        assert_eq!(signed("/./a:b//", Rules::Aws, false, true), "/./a%3Ab//");
    }
}
