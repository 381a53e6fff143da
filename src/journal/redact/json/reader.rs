//! JSON (RFC 8259) piece by piece, in place: strictly, in one pass, to a bounded depth, without a tree.

use super::escape;
use crate::journal::redact::lens::Malformed;

/// Deeper is refused. A stack of bits holds what is open.
pub(super) const MAX_DEPTH: u32 = 64;

/// A piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Open(Kind),
    Close(Kind),
    Key(Quoted<'t>),
    Text(Quoted<'t>),
    Number(&'t str),
    /// `true`, `false` or `null`.
    Word(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
}

/// What stands between quotes, as it stands there. Its escapes are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quoted<'t> {
    pub(super) raw: &'t str,
    pub(super) escaped: bool,
}

pub(super) struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// One bit for each that is open, the innermost lowest: set for an object.
    objects: u64,
    depth: u32,
    next: Next,
}

/// What may come.
#[derive(Clone, Copy)]
enum Next {
    Value,
    ValueOrClose,
    KeyOrClose,
    CommaOrClose,
    Nothing,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, objects: 0, depth: 0, next: Next::Value }
    }

    /// How many are open.
    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    /// Whatever is open, from the inside out.
    pub(super) fn open(&self) -> impl Iterator<Item = Kind> + use<> {
        let objects = self.objects;
        (0..self.depth).map(move |level| kind(objects >> level))
    }

    /// `None` behind the one value.
    pub(super) fn token(&mut self) -> Result<Option<Token<'t>>, Malformed> {
        let byte = self.skip_blanks();
        match (self.next, byte) {
            (Next::Nothing, None) => Ok(None),
            (Next::Nothing, Some(_)) | (_, None) => Err(Malformed),
            (Next::ValueOrClose, Some(b']')) => Ok(Some(self.close(Kind::Array))),
            (Next::Value | Next::ValueOrClose, Some(byte)) => self.value(byte),
            (Next::KeyOrClose, Some(b'}')) => Ok(Some(self.close(Kind::Object))),
            (Next::KeyOrClose, Some(byte)) => self.key(byte),
            (Next::CommaOrClose, Some(byte)) => match (kind(self.objects), byte) {
                (Kind::Object, b',') => {
                    self.at += 1;
                    let byte = self.skip_blanks().ok_or(Malformed)?;
                    self.key(byte)
                }
                (Kind::Array, b',') => {
                    self.at += 1;
                    let byte = self.skip_blanks().ok_or(Malformed)?;
                    self.value(byte)
                }
                (Kind::Object, b'}') | (Kind::Array, b']') => Ok(Some(self.close(kind(self.objects)))),
                _ => Err(Malformed),
            },
        }
    }

    /// To the end of a value of which this token is the first.
    pub(super) fn skip(&mut self, first: Token<'t>) -> Result<(), Malformed> {
        if !matches!(first, Token::Open(_)) {
            return Ok(());
        }
        let outside = self.depth - 1;
        while self.depth > outside {
            self.token()?.ok_or(Malformed)?;
        }
        Ok(())
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn skip_blanks(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return other,
            }
        }
    }

    fn open_one(&mut self, kind: Kind) -> Result<Option<Token<'t>>, Malformed> {
        if self.depth == MAX_DEPTH {
            return Err(Malformed);
        }
        self.at += 1;
        self.depth += 1;
        self.objects = self.objects << 1 | u64::from(kind == Kind::Object);
        self.next = if kind == Kind::Object { Next::KeyOrClose } else { Next::ValueOrClose };
        Ok(Some(Token::Open(kind)))
    }

    fn close(&mut self, kind: Kind) -> Token<'t> {
        self.at += 1;
        self.depth = self.depth.saturating_sub(1);
        self.objects >>= 1;
        self.end_value();
        Token::Close(kind)
    }

    #[inline]
    fn end_value(&mut self) {
        self.next = if self.depth == 0 { Next::Nothing } else { Next::CommaOrClose };
    }

    fn key(&mut self, byte: u8) -> Result<Option<Token<'t>>, Malformed> {
        if byte != b'"' {
            return Err(Malformed);
        }
        let key = self.quoted()?;
        if self.skip_blanks() != Some(b':') {
            return Err(Malformed);
        }
        self.at += 1;
        self.next = Next::Value;
        Ok(Some(Token::Key(key)))
    }

    #[inline]
    fn value(&mut self, byte: u8) -> Result<Option<Token<'t>>, Malformed> {
        let token = match byte {
            b'{' => return self.open_one(Kind::Object),
            b'[' => return self.open_one(Kind::Array),
            b'"' => Token::Text(self.quoted()?),
            b'-' | b'0'..=b'9' => Token::Number(self.number()?),
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => return Err(Malformed),
        };
        self.end_value();
        Ok(Some(token))
    }

    fn word(&mut self, word: &'static str) -> Result<Token<'t>, Malformed> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(Malformed);
        }
        self.at += word.len();
        Ok(Token::Word(word))
    }

    fn number(&mut self) -> Result<&'t str, Malformed> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let start = self.at;
        self.at += number(rest).ok_or(Malformed)?;
        self.text.get(start..self.at).ok_or(Malformed)
    }

    fn quoted(&mut self) -> Result<Quoted<'t>, Malformed> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let (mut at, mut escaped) = (start, false);
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at += 1 + match bytes.get(at + 1) {
                        Some(b'u') => {
                            escape::length(bytes.get(at + 1..).unwrap_or_default()).ok_or(Malformed)?
                        }
                        Some(byte) if escape::is_simple(*byte) => 1,
                        _ => return Err(Malformed),
                    };
                }
                Some(0x20..) => at += 1 + plain(bytes.get(at + 1..).unwrap_or_default()),
                Some(_) | None => return Err(Malformed),
            }
        }
        self.at = at + 1;
        let raw = self.text.get(start..at).ok_or(Malformed)?;
        Ok(Quoted { raw, escaped })
    }
}

fn kind(objects: u64) -> Kind {
    if objects & 1 == 1 { Kind::Object } else { Kind::Array }
}

/// The length of `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
fn number(text: &[u8]) -> Option<usize> {
    let byte = |at: usize| text.get(at).copied().unwrap_or_default();
    let digits = |from: usize| {
        let mut at = from;
        while byte(at).is_ascii_digit() {
            at += 1;
        }
        (at > from).then_some(at)
    };
    let mut at = usize::from(byte(0) == b'-');
    at = if byte(at) == b'0' { at + 1 } else { digits(at)? };
    if byte(at) == b'.' {
        at = digits(at + 1)?;
    }
    if matches!(byte(at), b'e' | b'E') {
        at = digits(at + 1 + usize::from(matches!(byte(at + 1), b'+' | b'-')))?;
    }
    Some(at)
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Bytes before a quote, a backslash or a control character: eight at once.
#[inline]
fn plain(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return at + (special.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// The high bit of each byte that is special. Bits above the lowest that is set may be wrong.
#[inline]
fn special(word: u64) -> u64 {
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5C)) | control) & HIGHS
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec, vec::Vec};

    use super::*;

    fn tokens(text: &str) -> Result<Vec<Token<'_>>, Malformed> {
        let mut reader = Reader::new(text);
        let mut tokens = Vec::new();
        while let Some(token) = reader.token()? {
            tokens.push(token);
        }
        Ok(tokens)
    }

    #[test]
    fn a_document_is_read_piece_by_piece() {
        let quoted = |raw, escaped| Quoted { raw, escaped };
        let text = r#" {"a" : [1, -0.5e+7 ,true,"b\n"] , "":{}} "#;
        let wanted = vec![
            Token::Open(Kind::Object),
            Token::Key(quoted("a", false)),
            Token::Open(Kind::Array),
            Token::Number("1"),
            Token::Number("-0.5e+7"),
            Token::Word("true"),
            Token::Text(quoted(r"b\n", true)),
            Token::Close(Kind::Array),
            Token::Key(quoted("", false)),
            Token::Open(Kind::Object),
            Token::Close(Kind::Object),
            Token::Close(Kind::Object),
        ];
        assert_eq!(tokens(text), Ok(wanted));
    }

    /// `serde_json` takes more than 64 levels, and nothing else that ours refuses.
    #[test]
    fn what_is_json_is_what_another_reader_takes() {
        let whole = r#"[{"a\"\\\/\b\f\n\r\té":"😀\ud83d\ude00"},-0.0e-1,10,[],{},true,false,null," "]"#;
        let mut cases: Vec<String> =
            (0..=whole.len()).filter_map(|end| whole.get(..end).map(String::from)).collect();
        for at in 0..whole.len() {
            for byte in
                [b'"', b'\\', b',', b'0', b'}', b']', b':', b' ', b'u', b'\n', b'e', b'-', 0, 0x1F, 0x7F]
            {
                let mut bytes = whole.as_bytes().to_vec();
                bytes[at] = byte;
                cases.extend(String::from_utf8(bytes));
            }
        }
        for more in [
            "01",
            "1.",
            ".5",
            "1e",
            "+1",
            "--1",
            "-",
            "nul",
            "nulll",
            r#""\ud800""#,
            r#""\udc00\ud800""#,
            r#""\ud83dx""#,
            "[1,]",
            "{\"a\":1,}",
            "{1:2}",
            "[1 2]",
            "1 2",
            "\u{feff}1",
            "\"\t\"",
            "'a'",
            "// 1",
            "[",
            "]",
            "NaN",
            "",
        ] {
            cases.push(String::from(more));
        }
        let mut taken = 0;
        for text in cases {
            let other = serde_json::from_str::<serde_json::Value>(&text);
            assert_eq!(tokens(&text).is_ok(), other.is_ok(), "{text}");
            taken += usize::from(other.is_ok());
        }
        assert!(taken > 50, "{taken}");
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(tokens(&nested(64)).is_ok());
        assert!(tokens(&nested(65)).is_err());
    }

    #[test]
    fn what_is_special_is_found_at_every_place() {
        for length in 0..40 {
            let plain_text = vec![0x80; length];
            assert_eq!(plain(&plain_text), length);
            for at in 0..length {
                for byte in 0..=255u8 {
                    let mut text = plain_text.clone();
                    text[at] = byte;
                    let is_special = byte < 0x20 || byte == b'"' || byte == b'\\';
                    assert_eq!(
                        plain(&text),
                        if is_special { at } else { length },
                        "{byte} at {at} of {length}"
                    );
                }
            }
        }
    }
}
