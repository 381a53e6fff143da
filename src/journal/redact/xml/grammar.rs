//! Characters of XML 1.0 (§2.2), and the names that are read: those in ASCII, with one prefix at most. Which other letters
//! a name may have depends on its reader's edition.

pub(super) fn is_char(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{1_0000}'..)
}

pub(super) fn is_name(name: &str) -> bool {
    let (prefix, local) = name.split_once(':').map_or((None, name), |(prefix, local)| (Some(prefix), local));
    prefix.is_none_or(is_part) && is_part(local)
}

fn is_part(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}
