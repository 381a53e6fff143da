//! Guards: nothing breaks out of a reply, whatever text is in it, and a reply says what the public face says.

/// The writer itself: what callers can bring into a reply today, an address, would try little of it.
#[path = "../../src/reply/json.rs"]
mod json;

use std::fmt::{Display, Formatter};

use keyward::{AntavoErrors, Code, Problem, Render, Verdict};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;

use crate::{
    common::{anything, config},
    world::world,
};

/// What strings of JSON end at, begin escapes with, or have in common with either.
const TRAPS: [&str; 14] = [
    "\"", "\\", "\\\"", "\"}", "},{", "\u{2028}", "\u{2029}", "\u{2027}", "\u{e2}", "\u{a8}", "\0", "\u{1f}",
    "\u{7f}", "\\u0022",
];

fn text() -> impl Strategy<Value = String> {
    vec(prop_oneof![3 => select(&TRAPS[..]).prop_map(str::to_owned), 1 => anything()], 0..30)
        .prop_map(|pieces| pieces.concat())
}

/// Writes itself character by character.
struct Piecewise<'t>(&'t str);

impl Display for Piecewise<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|char| write!(f, "{char}"))
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_text_breaks_out_of_its_string(first in text(), second in text(), number in any::<u16>()) {
        let written = json::object(64, |root| {
            root.text("first", &first);
            root.object("inner", |inner| {
                inner.text("second", Piecewise(&second));
                inner.number("number", number);
            });
            root.text("last", "x");
        });
        let read: Value = serde_json::from_slice(&written).map_err(|error| {
            TestCaseError::fail(format!("{error} in {:?}", String::from_utf8_lossy(&written)))
        })?;
        let expected = serde_json::json!({
            "first": first, "inner": { "second": second, "number": number }, "last": "x",
        });
        prop_assert_eq!(read, expected);
        let written = String::from_utf8(written).expect("UTF-8 of UTF-8");
        let breaks = |char: char| char < ' ' || matches!(char, '\u{2028}' | '\u{2029}');
        prop_assert!(!written.contains(breaks), "{:?}", written);
    }

    #[test]
    fn a_reply_is_one_document_of_the_public_face_and_headers_that_break_no_line(world in world()) {
        let built = world.build();
        let Ok(Verdict::Deny(denial)) = built.verdict(&world) else { return Ok(()) };
        let (catalogue, public) = (built.engine.catalogue(), denial.public());
        let replies = [Problem.denial(&denial, catalogue), AntavoErrors.denial(&denial, catalogue)];
        let [problem, antavo] = replies.map(|reply| {
            let fits = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
            assert!(reply.headers.iter().all(|(name, value)| fits(name) && fits(value)), "{:?}", reply.headers);
            assert_eq!(reply.status, public.status());
            serde_json::from_slice::<Value>(&reply.body).expect("one document")
        });
        prop_assert_eq!(&problem["code"], public.code());
        prop_assert_eq!(&problem["detail"], &public.to_string());
        if !matches!(denial.code(), Code::CredentialMissing | Code::EndpointUnknown) {
            prop_assert_eq!(&antavo["error"]["message"], &public.to_string());
        }
    }
}
