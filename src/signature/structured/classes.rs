//! What each byte may be part of.

/// Which classes a byte is in: one load a byte, where comparisons would take four.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0u8;
    while byte < 0x7f {
        let alphanumeric = byte.is_ascii_alphanumeric();
        // `tchar` of RFC 9110 §5.6.2.
        let in_name = alphanumeric
            || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        let in_key = alphanumeric || matches!(byte, b'_' | b'-' | b'.' | b'*');
        let upper = byte.is_ascii_uppercase();
        let in_text = byte >= b' ' && byte != b'"' && byte != b'\\';
        let mut class = 0;
        if in_text {
            class |= IN_TEXT;
        }
        if in_key && !upper {
            class |= IN_KEY;
        }
        if in_name || byte == b':' || byte == b'/' {
            class |= IN_TOKEN;
        }
        if in_name && !upper {
            class |= IN_NAME;
        }
        #[allow(clippy::indexing_slicing, reason = "while compiling, and below 127")]
        {
            classes[byte as usize] = class;
        }
        byte += 1;
    }
    classes
};

const IN_TEXT: u8 = 1;
const IN_KEY: u8 = 2;
const IN_TOKEN: u8 = 4;
const IN_NAME: u8 = 8;

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}

pub(super) fn in_key(byte: u8) -> bool {
    class(byte) & IN_KEY != 0
}

pub(super) fn in_token(byte: u8) -> bool {
    class(byte) & IN_TOKEN != 0
}

/// Of a field's name in lower case, as RFC 9421 §2.1 wants it.
pub(crate) fn in_name(byte: u8) -> bool {
    class(byte) & IN_NAME != 0
}

/// Of a string (RFC 8941 §3.3.3), without what has to be escaped.
pub(super) fn in_text(byte: u8) -> bool {
    class(byte) & IN_TEXT != 0
}

/// Whether a text may stand in a string.
pub(crate) fn is_text(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_in_the_classes_that_the_rfcs_give_them() {
        for byte in 0..=255u8 {
            let tchar = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(in_token(byte), tchar || b":/".contains(&byte), "{byte}");
            assert_eq!(in_name(byte), tchar && !byte.is_ascii_uppercase(), "{byte}");
            let key = byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte);
            assert_eq!(in_key(byte), key, "{byte}");
            let text = (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
            assert_eq!(in_text(byte), text, "{byte}");
        }
    }
}
