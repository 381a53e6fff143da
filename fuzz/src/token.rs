//! Tokens: cut apart by the engine, found by the scanner.

use std::{ops::Range, sync::LazyLock};

use keyward::{Found, Headers, KeyId, RequestHead, SCANNER_EXPRESSION, scan};
use regex::bytes::Regex;

use crate::{records::crc32, world};

/// The scanner finds what the published expression finds in any bytes, hides none behind a false alarm, and finds the
/// tokens of every vendor; what it calls a token is a token to the engine, and the engine cuts exactly the grammar.
pub fn token(data: &[u8]) {
    static EXPRESSION: LazyLock<Regex> = LazyLock::new(|| Regex::new(SCANNER_EXPRESSION).expect("it is one"));
    let found: Vec<_> = scan(data).collect();
    let told: Vec<_> = found.iter().map(|hit| (hit.range.clone(), hit.checksum)).collect();
    assert_eq!(told, marked(data));
    for hit in &found {
        is_what_it_says(hit, &data[hit.range.clone()]);
    }
    for expected in EXPRESSION.find_iter(data).map(|hit| hit.range()) {
        let covers =
            |hit: &Found| hit.checksum && hit.range.start < expected.end && expected.start < hit.range.end;
        assert!(
            found.iter().any(|hit| hit.range.end == expected.end || covers(hit)),
            "{expected:?} is hidden"
        );
    }

    for token in world::tokens() {
        let text = [data, b" ", token.as_bytes(), b" ", data].concat();
        let place = data.len() + 1..data.len() + 1 + token.len();
        let hit = scan(&text).find(|hit| hit.range == place).expect("a token between blanks is found");
        assert!(hit.checksum && hit.key_id.is_some());
    }
    cut_by_the_grammar(data);
}

/// Mark by mark: the prefix whose checksum fits, else the longest. A fitting hit is over at its end, any other at its
/// mark's.
fn marked(data: &[u8]) -> Vec<(Range<usize>, bool)> {
    static MARKED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("^(?:s1_|t1_[0-9A-Za-z]{16}_)([0-9A-Za-z]{49})").expect("an expression"));
    static VENDOR: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("^[a-z][a-z0-9]{1,9}$").expect("an expression"));
    let (mut from, mut hits) = (0, Vec::new());
    for at in 0..data.len() {
        let Some(parts) = MARKED.captures(&data[at..]).filter(|_| at >= from) else { continue };
        let (end, tail) = (at + parts[0].len(), &parts[1]);
        let starts = (from.max(at.saturating_sub(10))..at).filter(|start| VENDOR.is_match(&data[*start..at]));
        let vendors: Vec<_> = starts.map(|start| (start, fits(&data[start..at], tail))).collect();
        let Some(chosen) = vendors.iter().find(|(_, fits)| *fits).or(vendors.first()) else { continue };
        hits.push((chosen.0..end, chosen.1));
        from = if chosen.1 { end } else { at + 3 };
    }
    hits
}

fn fits(vendor: &[u8], tail: &[u8]) -> bool {
    base62(crc32(&[vendor, b"s1_", &tail[..43]].concat())).as_bytes() == &tail[43..]
}

fn is_what_it_says(hit: &Found, text: &[u8]) {
    let text = str::from_utf8(text).expect("a hit is ASCII");
    let (before, tail) = text.split_at(text.len() - 49);
    // A vendor holds no `_`, so the first one belongs to the mark, and only a token has a second.
    let (opening, rest) = before.split_once('_').expect("the expression says so");
    let vendor = &opening[..opening.len() - 2];
    let key = rest.strip_suffix('_').map(|id| format!("{vendor}k_{id}"));
    assert_eq!(hit.key_id.map(|key| key.to_string()), key);
    assert_eq!(
        hit.key_id,
        key.is_some().then(|| presented(text.as_bytes())).flatten(),
        "a token is presented as one"
    );
    assert_eq!(hit.checksum, fits(vendor.as_bytes(), tail.as_bytes()));
}

/// The tail of a presented token is taken as it is; what stands before it is of the grammar.
fn cut_by_the_grammar(data: &[u8]) {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("^(?s-u:[a-z][a-z0-9]{1,9}t1_[0-9A-Za-z]{16}_.{49})$").expect("an expression")
    });
    let blank = |byte: Option<&u8>| byte.is_some_and(|byte| b" \t".contains(byte));
    // A colon makes it a pair, and blanks around it are not a part of it.
    if data.contains(&b':') || blank(data.first()) || blank(data.last()) {
        return;
    }
    assert_eq!(presented(data).is_some(), TOKEN.is_match(data));
}

fn presented(token: &[u8]) -> Option<KeyId> {
    let value = [b"Bearer ", token].concat();
    let lines = [("authorization", value.as_slice())];
    world::world().engine.present(RequestHead::new("GET", "/", Headers::lines(&lines))).key_id()
}

/// Six digits, most significant first.
fn base62(mut number: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [0; 6];
    for digit in digits.iter_mut().rev() {
        (*digit, number) = (DIGITS[number as usize % 62], number / 62);
    }
    String::from_utf8_lossy(&digits).into_owned()
}
