//! Tokens: cut apart by the engine, found by the scanner.

use std::sync::LazyLock;

use keyward::{Found, Headers, KeyId, RequestHead, SCANNER_EXPRESSION, scan};
use regex::bytes::Regex;

use crate::{records::crc32, world};

/// The scanner finds what the published expression finds in any bytes, and the tokens of every vendor among them; what
/// it calls a token is a token to the engine, and the engine cuts exactly the published grammar.
pub fn token(data: &[u8]) {
    static EXPRESSION: LazyLock<Regex> = LazyLock::new(|| Regex::new(SCANNER_EXPRESSION).expect("it is one"));
    let found: Vec<_> = scan(data).collect();
    let expected: Vec<_> = EXPRESSION.find_iter(data).map(|hit| hit.range()).collect();
    let ends = |ranges: &[std::ops::Range<usize>]| ranges.iter().map(|range| range.end).collect::<Vec<_>>();
    let ranges: Vec<_> = found.iter().map(|hit| hit.range.clone()).collect();
    assert_eq!(ends(&ranges), ends(&expected));
    for (hit, longest) in found.iter().zip(expected) {
        assert!(hit.range.start == longest.start || (hit.checksum && hit.range.start > longest.start));
        is_what_it_says(hit, &data[hit.range.clone()]);
    }

    for token in world::tokens() {
        let text = [data, b" ", token.as_bytes(), b" ", data].concat();
        let place = data.len() + 1..data.len() + 1 + token.len();
        let hit = scan(&text).find(|hit| hit.range == place).expect("a token between blanks is found");
        assert!(hit.checksum && hit.key_id.is_some());
    }
    cut_by_the_grammar(data);
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
    let summed = format!("{vendor}s1_{}", &tail[..43]);
    assert_eq!(hit.checksum, base62(crc32(summed.as_bytes())) == tail[43..]);
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
