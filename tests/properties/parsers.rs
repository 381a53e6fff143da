//! Guards: no input makes a parser panic, and each accepts exactly its grammar.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use keyward::{
    AccessLevel, AccountId, Allowlist, ApiUser, Catalogue, Code, Headers, IntegrationId, KeyId, Lifecycle,
    MAX_HEADER_LINES, RequestHead, Routes, Rule, UserId, Vendor, Verdict, Wanted, WebhookSecret,
};
use proptest::{collection::vec, prelude::*};

use crate::{
    carriers::{Pair, carrier, edit},
    common::{Open, anything, ask, borrowed, config, head},
};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        anything(),
        "[A-Za-z0-9._-]{0,70}",
        "[a-z][a-z0-9]{0,11}",
        r"[0-9a-fA-FxX:./%\[\] \t\r\n-]{0,50}",
        r"(whsec_)?[A-Za-z0-9+/]{0,90}={0,3}",
    ]
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..most), vec(b' '..=b'~', 0..most)]
}

/// Controls, line separators and Unicode's `Bidi_Control`, by their numbers.
fn steers(character: char) -> bool {
    let number = u32::from(character);
    let ranges = [0..=0x1F, 0x7F..=0x9F, 0x61C..=0x61C, 0x200E..=0x200F, 0x2028..=0x202E, 0x2066..=0x2069];
    ranges.iter().any(|range| range.contains(&number))
}

fn header_name() -> impl Strategy<Value = String> {
    let read = prop::sample::select(vec![
        "authorization",
        "Authorization",
        "AUTHORIZATION",
        "x-api-key",
        "X-Api-Key",
        "x-api-secret",
        "X-API-SECRET",
    ]);
    prop_oneof![4 => read.prop_map(str::to_owned), 1 => anything()]
}

fn header_value() -> impl Strategy<Value = Vec<u8>> {
    let scheme = "(?i:bearer|apikey|basic|digest|)[ \t]{0,2}".prop_map(String::into_bytes);
    let encoded = bytes(200).prop_map(|raw| STANDARD.encode(raw).into_bytes());
    let rest = prop_oneof![
        bytes(250),
        encoded,
        "[a-z]{1,11}t1_[A-Za-z0-9]{15,17}_[!-~]{47,51}".prop_map(String::into_bytes)
    ];
    prop_oneof![bytes(250), (scheme, rest).prop_map(|(scheme, rest)| [scheme, rest].concat())]
}

fn target() -> impl Strategy<Value = String> {
    prop_oneof![
        anything(),
        r"[a-z/:]{0,3}://[a-z.@:\[\]#\\]{0,6}[/?#%.:a-c0-9A-F]{0,9}",
        r"https?://[a-z]{1,3}(:[0-9]{1,2})?[?#@]?[a-z]{0,2}(/[a-c]{0,2}){0,3}([?#][a-z/]{0,5})?",
        r"(/[a-c.%0-9A-F~]{0,4}){0,4}([?#][a-z/:]{0,6})?",
    ]
}

/// Patterns for every path that a target of at most 60 bytes can have, and some that no canonical path fits.
fn routes() -> Routes {
    let patterns = (0..60).map(|depth| "/{x}".repeat(depth)).flat_map(|path| [format!("{path}/"), path]);
    let never = ["//", "//{x}", "/{x}//", "/{x}//{y}", "/.", "/..", "/{x}/..", "/%2F"].map(str::to_owned);
    patterns.chain(never).fold(Routes::new(), |routes, path| routes.route("GET", &path, &path))
}

/// Segment by segment: decoded and encoded again it is the same, and nothing in it could be read as another path.
fn is_canonical(path: &str) -> bool {
    let Some(segments) = path.strip_prefix('/') else { return false };
    let segments = segments.strip_suffix('/').unwrap_or(segments);
    path == "/"
        || segments.split('/').all(|segment| !["", ".", ".."].contains(&segment) && is_segment(segment))
}

fn is_segment(segment: &str) -> bool {
    const UNRESERVED: &str = "-._~";
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        let plain = |byte: u8, also: &str| byte.is_ascii_alphanumeric() || also.as_bytes().contains(&byte);
        if byte == b'%' {
            let hex = bytes
                .next()
                .zip(bytes.next())
                .map(|(high, low)| String::from_utf8_lossy(&[high, low]).into_owned());
            let decoded = hex.as_ref().and_then(|hex| u8::from_str_radix(hex, 16).ok());
            let Some(decoded) = decoded else { return false };
            let same = hex.is_some_and(|hex| hex == format!("{decoded:02X}"));
            if !same || plain(decoded, UNRESERVED) || b"/\\\0".contains(&decoded) {
                return false;
            }
        } else if !plain(byte, "-._~!$&'()*+,;=:@") {
            return false;
        }
    }
    true
}

fn matches_grammar(text: &str, also: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
}

/// Read, denied or allowed without a panic; without a subject never allowed.
fn decided_without_subject(lines: &[(String, Vec<u8>)]) -> Result<Code, TestCaseError> {
    let open = Open::minted(0, "kw");
    let lines = borrowed(lines);
    let presented = open.engine.present(head(&lines));
    let _ = format!("{presented:?}");
    match open.engine.authorize(presented, None, &ask()) {
        Ok(Verdict::Deny(denial)) => Ok(denial.code()),
        other => Err(TestCaseError::fail(format!("{other:?}"))),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn ids_are_exactly_their_grammar_and_print_it_back(text in text()) {
        let key = text.parse::<KeyId>().map(|id| id.to_string());
        prop_assert_eq!(key.ok(), matches_grammar(&text, "_-", 1..=55).then(|| text.clone()));
        let long = matches_grammar(&text, "._-", 1..=39).then(|| text.clone());
        prop_assert_eq!(text.parse::<UserId>().map(|id| id.to_string()).ok(), long.clone());
        prop_assert_eq!(text.parse::<AccountId>().map(|id| id.to_string()).ok(), long.clone());
        prop_assert_eq!(text.parse::<IntegrationId>().map(|id| id.to_string()).ok(), long);
    }

    #[test]
    fn vendors_are_exactly_their_grammar(text in text()) {
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let fits = (2..=10).contains(&text.len())
            && text.chars().all(lower)
            && text.starts_with(|c: char| c.is_ascii_lowercase());
        prop_assert_eq!(text.parse::<Vendor>().map(|vendor| vendor.to_string()).ok(), fits.then_some(text));
    }

    #[test]
    fn a_bad_rule_names_a_position_inside_its_text(text in text()) {
        match text.parse::<Rule>() {
            Ok(rule) => prop_assert_eq!(rule.to_string(), text),
            Err(error) => prop_assert!(error.position() <= text.len(), "{:?}", error),
        }
    }

    #[test]
    fn no_text_is_parsed_to_a_list_without_restriction(lines in vec(text(), 0..6), ends in r"\r?\n") {
        match Allowlist::parse(&lines.join(&ends)) {
            Ok(list) => prop_assert_ne!(list, Allowlist::Any),
            Err(error) => prop_assert!(!error.lines().is_empty()),
        }
    }

    #[test]
    fn a_webhook_secret_has_23_to_64_bytes_and_prints_none(text in text()) {
        if let Ok(secret) = text.parse::<WebhookSecret>() {
            prop_assert!((23..=64).contains(&secret.expose().len()));
            prop_assert_eq!(format!("{secret:?}"), "WebhookSecret(..)");
        }
    }

    #[test]
    fn a_webhook_secret_is_read_with_or_without_prefix_and_padding(bytes in vec(any::<u8>(), 0..80)) {
        let padded = STANDARD.encode(&bytes);
        for text in [format!("whsec_{padded}"), padded.clone(), padded.trim_end_matches('=').to_owned()] {
            let secret = text.parse::<WebhookSecret>().map(|secret| secret.expose().to_vec());
            prop_assert_eq!(secret.ok(), (23..=64).contains(&bytes.len()).then(|| bytes.clone()));
        }
    }

    #[test]
    fn any_method_and_target_resolve(method in text(), pattern in text(), target in target()) {
        let routes = routes().route(&method, &pattern, "odd");
        let head = RequestHead::new(&method, &target, Headers::lines(&[]));
        let _ = (routes.resolve(&head), format!("{head:?}"));
        prop_assert!(head.path() == "/" || target.contains(head.path()));
    }

    #[test]
    fn a_path_leads_somewhere_if_and_only_if_it_is_canonical(target in target()) {
        let head = RequestHead::new("GET", &target, Headers::lines(&[]));
        let routes = routes();
        let found = routes.resolve(&head) != Wanted::Unknown;
        prop_assert_eq!(found, is_canonical(head.path()) && !target.contains('#'), "{}", head.path());
    }

    #[test]
    fn the_path_that_was_decided_is_the_path_that_a_router_serves(target in target()) {
        let (routes, head) = (routes(), RequestHead::new("GET", &target, Headers::lines(&[])));
        if let (Wanted::Name(name), Ok(served)) = (routes.resolve(&head), target.parse::<Uri>()) {
            prop_assert_eq!(head.path(), served.path());
            prop_assert_eq!(name.matches('/').count(), served.path().matches('/').count());
        }
    }

    #[test]
    fn any_header_lines_are_read_and_denied(lines in vec((header_name(), header_value()), 0..4)) {
        let code = decided_without_subject(&lines)?;
        let expected = [Code::CredentialMissing, Code::CredentialMalformed, Code::CredentialInvalid];
        prop_assert!(expected.contains(&code), "{}", code);
    }

    #[test]
    fn nearly_valid_credentials_are_read_and_decided(
        seed: u64, carrier in carrier(), before in edit(), after in edit(), line: bool,
        extra in vec((header_name(), header_value()), 0..2),
    ) {
        let open = Open::minted(seed, "kw");
        let mut pair = Pair::of(&open.revealed);
        before.apply(&mut pair.tail);
        let mut lines = carrier.lines(&pair);
        let last = lines.len() - 1;
        after.apply(&mut lines[if line { last } else { 0 }].1);
        lines.extend(extra);
        prop_assert!(open.verdict(&lines).is_ok());
    }

    #[test]
    fn more_header_lines_than_are_looked_at_are_too_large(extra in 1usize..9, position: prop::sample::Index) {
        let open = Open::minted(0, "kw");
        let mut lines = vec![("accept".to_owned(), b"*/*".to_vec()); MAX_HEADER_LINES + extra - 1];
        let value = [b"Bearer ", &*Pair::of(&open.revealed).token()].concat();
        lines.insert(position.index(lines.len()), ("authorization".into(), value));
        prop_assert_eq!(decided_without_subject(&lines)?, Code::RequestTooLarge);
    }

    #[test]
    fn header_maps_read_like_header_lines(lines in vec((header_name(), header_value()), 0..4)) {
        let mut map = HeaderMap::new();
        let mut kept = Vec::new();
        for (name, value) in &lines {
            if let (Ok(key), Ok(line)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value)) {
                map.append(key, line);
                kept.push((name.as_str(), value.as_slice()));
            }
        }
        let open = Open::minted(0, "kw");
        let from_map = open.engine.present(RequestHead::new("GET", "/", Headers::from(&map)));
        let from_lines = open.engine.present(RequestHead::new("GET", "/", Headers::lines(&kept)));
        prop_assert_eq!(Headers::from(&map).len(), kept.len());
        prop_assert_eq!(format!("{from_map:?}"), format!("{from_lines:?}"));
    }

    #[test]
    fn a_catalogue_holds_only_names_of_the_grammar(
        modules in vec((text(), vec(text(), 0..3)), 0..3), method in text(),
        id in text(), calls in vec(text(), 0..2),
    ) {
        let retired = modules.first().and_then(|(_, methods)| methods.first()).unwrap_or(&method);
        let mut builder = Catalogue::builder().lifecycle(retired, Lifecycle::Retired);
        for (name, methods) in &modules {
            builder = builder.module(name, methods);
        }
        let fits = |name: &str| matches_grammar(name, "._-", 1..=64);
        for builder in [builder.clone(), builder.integration(&id, calls, Allowlist::none())] {
            if let Ok(catalogue) = builder.build() {
                prop_assert!(catalogue.methods().all(fits) && catalogue.modules().all(fits));
            }
        }
    }

    #[test]
    fn a_name_is_1_to_100_bytes_that_steer_nothing(
        name in prop_oneof![anything(), ".{20,110}", r"[ \t]{0,3}"],
    ) {
        let (account, id) = ("acme".parse().expect("an id"), "u1".parse().expect("an id"));
        let user = ApiUser::new(account, id, &name, AccessLevel::Full, Allowlist::Any);
        let fits = !name.trim().is_empty() && name.len() <= 100 && !name.contains(steers);
        prop_assert_eq!(user.map(|user| user.name().to_owned()).ok(), fits.then_some(name));
    }
}
