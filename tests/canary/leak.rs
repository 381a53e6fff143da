//! Whether a text holds part of a secret: nine consecutive characters of it, as they are or in another form. Written
//! without keyward: everything is decoded, or compared, by what stands here.

use std::collections::HashMap;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// As many characters of a secret may not show.
const RUN: usize = 9;

/// The forms in which any nine characters of a secret can be told.
pub struct Canary {
    pub name: &'static str,
    /// Each with whether its case counts.
    forms: Vec<(String, Vec<u8>, bool)>,
    /// Those that begin alike, without regard to case.
    by_start: HashMap<[u8; START], Vec<usize>>,
}

/// Bytes that are looked up at every place of a text.
const START: usize = 8;

impl Canary {
    /// Of the characters of a secret that are random.
    pub fn new(name: &'static str, random: &str) -> Self {
        assert!(random.len() >= RUN && random.is_ascii());
        let mut forms = Vec::new();
        for part in random.as_bytes().windows(RUN) {
            forms.push(("as it is".to_owned(), part.to_vec(), true));
            let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
            forms.push(("in hexadecimal".to_owned(), hex.into_bytes(), false));
            for before in 0..3 {
                // What stands around it decides the characters at both ends.
                let padded: Vec<u8> = [&vec![0; before][..], part].concat();
                let skip = (before * 8).div_ceil(6);
                let whole = padded.len() * 8 / 6;
                for (alphabet, text) in [
                    ("base64", STANDARD_NO_PAD.encode(&padded)),
                    ("base64url", URL_SAFE_NO_PAD.encode(&padded)),
                ] {
                    forms.push((format!("in {alphabet} behind {before}"), text[skip..whole].into(), true));
                }
            }
        }
        let mut by_start: HashMap<_, Vec<_>> = HashMap::new();
        for (index, (_, form, _)) in forms.iter().enumerate() {
            let start = form.to_ascii_lowercase()[..START].try_into().unwrap();
            by_start.entry(start).or_default().push(index);
        }
        Self { name, forms, by_start }
    }

    /// How a text gives it away.
    pub fn found_in(&self, text: &[u8]) -> Option<String> {
        let views = [
            ("", text.to_vec()),
            ("percent-encoded, ", percent_decoded(text)),
            ("escaped, ", unescaped(text)),
            ("as entities, ", entities(text)),
        ];
        for (at, (view, bytes)) in views.iter().enumerate() {
            if at > 0 && *bytes == views[0].1 {
                continue;
            }
            let folded = bytes.to_ascii_lowercase();
            for (place, start) in folded.windows(START).enumerate() {
                let Some(forms) = self.by_start.get(start) else { continue };
                for (form, needle, exact) in forms.iter().map(|form| &self.forms[*form]) {
                    if (if *exact { bytes } else { &folded })[place..].starts_with(needle) {
                        return Some(format!("{} {view}{form}", self.name));
                    }
                }
            }
        }
        None
    }
}

fn digits(text: &[u8], base: u32) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(text).ok()?, base).ok()
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    decoded(text, |rest| match rest {
        [b'%', high, low, ..] => digits(&[*high, *low], 16).map(|byte| (byte, 3)),
        _ => None,
    })
}

/// JSON's escapes, and those of Rust's `Debug`.
fn unescaped(text: &[u8]) -> Vec<u8> {
    decoded(text, |rest| match rest {
        [b'\\', b'u', b'{', ..] => {
            let end = rest.iter().position(|byte| *byte == b'}')?;
            Some((digits(&rest[3..end], 16)?, end + 1))
        }
        [b'\\', b'u', four @ ..] => Some((digits(four.get(..4)?, 16)?, 6)),
        [b'\\', b'x', two @ ..] => Some((digits(two.get(..2)?, 16)?, 4)),
        [b'\\', other, ..] => Some((u32::from(*other), 2)),
        _ => None,
    })
}

fn entities(text: &[u8]) -> Vec<u8> {
    decoded(text, |rest| {
        let end = rest.iter().take(12).position(|byte| *byte == b';')?;
        let number = match rest.get(..end)? {
            [b'&', b'#', b'x', hex @ ..] => digits(hex, 16)?,
            [b'&', b'#', decimal @ ..] => digits(decimal, 10)?,
            _ => return None,
        };
        Some((number, end + 1))
    })
}

fn decoded(text: &[u8], escape: impl Fn(&[u8]) -> Option<(u32, usize)>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        if let Some((number, length)) = escape(rest) {
            let char = char::from_u32(number).unwrap_or('\u{fffd}');
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            rest = &rest[length..];
        } else {
            out.push(*first);
            rest = behind;
        }
    }
    out
}

#[test]
fn the_detector_sees_a_secret_in_every_form() {
    let secret = "kTz3/b+Q9xWm4RvE";
    let canary = Canary::new("it", secret);
    let part = &secret[4..13];
    let hex: String = part.bytes().map(|byte| format!("{byte:02X}")).collect();
    let percent: String = part.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let json: String = part.bytes().map(|byte| format!("\\u00{byte:02x}")).collect();
    let xml: String = part.bytes().map(|byte| format!("&#{byte};")).collect();
    let mut forms = vec![part.to_owned(), hex, percent, json, xml, part.replace('/', "\\/")];
    for before in ["", "x", "xy", "xyz"] {
        forms.push(STANDARD_NO_PAD.encode(format!("{before}{part}?!")));
        forms.push(URL_SAFE_NO_PAD.encode(format!("{before}{part}?!")));
    }
    for form in forms {
        assert!(canary.found_in(format!("a=[{form}]").as_bytes()).is_some(), "{form}");
    }
    for harmless in [&secret[..8], "kTz3/b+Q *** 9xWm4RvE", "***"] {
        assert_eq!(canary.found_in(harmless.as_bytes()), None, "{harmless}");
    }
}
