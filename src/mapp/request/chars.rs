//! Characters: which ones XML 1.0 has, which are white space, what names are made of, what references stand for.

/// `S` of XML 1.0 §2.3.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| BLANKS.contains(&char::from(byte)))
}

/// Without white space around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(BLANKS)
}

/// Without white space before it.
pub(super) fn trimmed_start(text: &str) -> &str {
    text.trim_start_matches(BLANKS)
}

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// Where the first character stands that XML does not have (§2.2).
pub(super) fn forbidden(text: &str) -> Option<usize> {
    // Almost no text has one, so all bytes are looked at without a branch; 0xEF begins U+FFFE and U+FFFF among others.
    let suspect =
        |byte: u8| (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r') | (byte == 0xEF);
    if !text.bytes().fold(false, |found, byte| found | suspect(byte)) {
        return None;
    }
    text.char_indices().find(|(_, char)| !is_char(*char)).map(|(at, _)| at)
}

fn is_char(char: char) -> bool {
    !matches!(char, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// An element's name, in ASCII and without a colon.
///
/// The API has no other. Which letters beyond ASCII a name may have depends on the edition of XML that its reader knows,
/// and a prefix means nothing to who knows no namespaces.
pub(super) fn is_name(name: &str) -> bool {
    let begins = name.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    begins && name.bytes().all(|byte| NAME.get(usize::from(byte)) == Some(&true))
}

/// An attribute's name, which may have a prefix: some serializers declare namespaces that nobody uses.
pub(super) fn is_attribute(name: &str) -> bool {
    let mut parts = name.split(':');
    let two = (parts.next(), parts.next(), parts.next());
    matches!(two, (Some(name), None, None) if is_name(name))
        || matches!(two, (Some(prefix), Some(name), None) if is_name(prefix) && is_name(name))
}

/// What a name may go on with, by its byte.
const NAME: [bool; 256] = {
    let mut fits = [false; 256];
    let mut byte = 0;
    while byte < 128u8 {
        #[allow(clippy::indexing_slicing, reason = "below 256, and checked when it is compiled")]
        {
            fits[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        }
        byte += 1;
    }
    fits
};

/// What stands for `&name;`: one of the five entities that every XML has, or a character of it by its number (§4.1).
pub(super) fn reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |digits| (digits, 16));
            number(digits, radix).and_then(char::from_u32).filter(|char| is_char(*char))
        }
    }
}

/// Digits and nothing else, as many as there are.
fn number(digits: &str, radix: u32) -> Option<u32> {
    let add = |number: u32, digit: char| {
        digit.to_digit(radix).map(|digit| number.saturating_mul(radix).saturating_add(digit))
    };
    if digits.is_empty() { None } else { digits.chars().try_fold(0, add) }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;

    #[test]
    fn a_text_holds_the_characters_of_xml_1_0_and_no_other() {
        for number in (0..=0x0010_FFFF).filter_map(char::from_u32) {
            // Char ::= #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]
            let allowed =
                matches!(u32::from(number), 9 | 10 | 13 | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..);
            let text = format!("a{number}");
            assert_eq!(forbidden(&text), (!allowed).then_some(1), "{:x}", u32::from(number));
            for reference in [format!("#{}", u32::from(number)), format!("#x{:x}", u32::from(number))] {
                assert_eq!(super::reference(&reference), allowed.then_some(number), "{reference}");
            }
        }
    }

    #[test]
    fn references_are_the_five_and_numbers_of_digits() {
        for (name, meant) in [
            ("amp", '&'),
            ("lt", '<'),
            ("gt", '>'),
            ("quot", '"'),
            ("apos", '\''),
            ("#65", 'A'),
            ("#x41", 'A'),
            ("#x4a", 'J'),
            ("#x4A", 'J'),
            ("#0000000000000000000065", 'A'),
            ("#13", '\r'),
            ("#x10FFFF", '\u{10FFFF}'),
        ] {
            assert_eq!(reference(name), Some(meant), "{name}");
        }
        for name in [
            "",
            "#",
            "#x",
            "#X41",
            "#6a",
            "#x4g",
            "#-65",
            "#+65",
            "# 65",
            "#65 ",
            "#٦٥",
            "#x110000",
            "#xD800",
            "#0",
            "#8",
            "#4294967361",
            "#18446744073709551681",
            "nbsp",
            "AMP",
            "amp ",
            " amp",
            "xxe",
        ] {
            assert_eq!(reference(name), None, "{name}");
        }
    }

    #[test]
    fn names_are_ascii_and_elements_have_no_prefix() {
        for name in ["a", "_", "api_key", "A-b.c9", &"x".repeat(1000)] {
            assert!(is_name(name) && is_attribute(name), "{name}");
            assert!(is_attribute(&format!("xsi:{name}")));
        }
        for name in ["", "1a", "-a", ".a", "a b", "a/", "a\"", "a=", "é", "aé", "a<", "a&amp;", "a\n"] {
            assert!(!is_name(name) && !is_attribute(name), "{name}");
        }
        for name in [":", "a:", ":a", "a:b:c", "a:1"] {
            assert!(!is_attribute(name), "{name}");
        }
        assert!(!is_name("a:b"));
    }

    #[test]
    fn white_space_is_four_characters() {
        let blanks: String =
            (0..=0x0010_FFFF).filter_map(char::from_u32).filter(|c| is_blank(&String::from(*c))).collect();
        assert_eq!(blanks, "\t\n\r ");
        assert_eq!(trimmed(" \t\r\n\u{a0}a b\u{a0}\n"), "\u{a0}a b\u{a0}");
    }
}
