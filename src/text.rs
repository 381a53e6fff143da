//! What a character does to whoever reads a line, beside standing in it; and where a text may be cut.

/// Controls (escape and those of C1 among them), line and paragraph separators, and what turns the direction of text
/// (Unicode's `Bidi_Control`). Printed as it is, one of them breaks a line, colours a terminal or hides what it says.
pub(crate) fn steers(character: char) -> bool {
    let bidi = matches!(character, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    bidi || character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// The longest beginning of a text that has at most `most` bytes and ends between two characters.
pub(crate) fn beginning(text: &str, most: usize) -> &str {
    (0..=most.min(text.len())).rev().find_map(|end| text.get(..end)).unwrap_or_default()
}
