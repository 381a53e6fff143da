//! A reader of logfmt, written by the grammar that `src/journal/logfmt.rs` names and not by its code: what a collector of
//! logs makes of a line.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part of it")]

/// The fields of one line. Anything that another collector might read otherwise is an error.
pub fn read(line: &str) -> Result<Vec<(String, String)>, String> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (name, value) = rest.split_once('=').ok_or(format!("no `=` in {rest:?}"))?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return Err(format!("name {name:?}"));
        }
        let (value, behind) = match value.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => bare(value)?,
        };
        fields.push((name.to_owned(), value));
        match behind.strip_prefix(' ') {
            Some(next) => rest = next,
            None if behind.is_empty() => return Ok(fields),
            None => return Err(format!("{behind:?} behind a value")),
        }
    }
}

fn bare(text: &str) -> Result<(String, &str), String> {
    let end = text.find(' ').unwrap_or(text.len());
    let (value, behind) = text.split_at(end);
    let plain = |character: char| character.is_ascii_graphic() && !"\"=\\'`".contains(character);
    if value.is_empty() || !value.chars().all(plain) {
        return Err(format!("bare {value:?}"));
    }
    Ok((value.to_owned(), behind))
}

fn unquoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Ok((value, characters.as_str())),
            '\\' => match characters.next() {
                Some(same @ ('"' | '\\')) => value.push(same),
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some('u') => {
                    let digits: String = characters.by_ref().take(4).collect();
                    let number = u32::from_str_radix(&digits, 16).map_err(|_| format!("\\u{digits}"))?;
                    value.push(char::from_u32(number).ok_or(format!("\\u{digits}"))?);
                }
                other => return Err(format!("escape {other:?}")),
            },
            _ if is_unsafe(character) => return Err(format!("{character:?} as it is")),
            _ => value.push(character),
        }
    }
    Err("no closing quote".to_owned())
}

/// Whatever a terminal, an editor or Python's `splitlines` acts upon, by code point.
pub fn is_unsafe(character: char) -> bool {
    matches!(
        u32::from(character),
        0..=0x1F | 0x7F..=0x9F | 0x2028 | 0x2029 | 0x61C | 0x200E | 0x200F | 0x202A..=0x202E | 0x2066..=0x2069
    )
}

pub fn get<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}
