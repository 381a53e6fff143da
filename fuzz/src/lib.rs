//! One property per grammar. Each takes any bytes and panics if the property does not hold for them, so the same
//! function serves the fuzzer (`fuzz_targets/`) and the replay of the corpus (`tests/corpus.rs`).
//!
//! What a property compares with is written here from the published grammar, with std or with another crate, and not
//! with keyward's own code.
//!
//! To add a target: a function in a module of its own, a line in
//! [`TARGETS`], a wrapper in `fuzz_targets/` with its `[[bin]]`, a line in `targets.txt`, seeds in `examples/seeds.rs`.
//! A test fails for whichever is forgotten.

#![forbid(unsafe_code)]

mod addresses;
mod answers;
mod forwarding;
mod ids;
mod message;
mod model;
mod present;
mod records;
mod redact;
mod request;
mod routes;
mod sigv4;
mod token;
mod webhook;
pub mod world;
mod xml_request;

pub use addresses::{allowlist, rule};
pub use answers::{answer_seed, php};
pub use forwarding::{forwarded, x_forwarded_for};
pub use ids::ids;
pub use message::{message, signed_message};
pub use present::present;
pub use records::{account_record, sealed_by_crc, user_record};
pub use redact::{redact_form, redact_json, redact_multipart, redact_text, redact_xml};
pub use routes::routes;
pub use sigv4::{authorization, canonical, presigned, presigned_target, signed_authorization};
pub use token::token;
pub use webhook::{signed_delivery, webhook, webhook_secret};
pub use xml_request::xml_request;

/// A property: it panics for bytes that break it.
pub type Property = fn(&[u8]);

/// Every target: the name of its corpus, its wrapper and its line in `targets.txt`.
pub const TARGETS: &[(&str, Property)] = &[
    ("account_record", account_record),
    ("allowlist", allowlist),
    ("authorization", authorization),
    ("canonical", canonical),
    ("forwarded", forwarded),
    ("ids", ids),
    ("message", message),
    ("php", php),
    ("present", present),
    ("presigned", presigned),
    ("redact_form", redact_form),
    ("redact_json", redact_json),
    ("redact_multipart", redact_multipart),
    ("redact_text", redact_text),
    ("redact_xml", redact_xml),
    ("routes", routes),
    ("rule", rule),
    ("token", token),
    ("user_record", user_record),
    ("webhook", webhook),
    ("webhook_secret", webhook_secret),
    ("x_forwarded_for", x_forwarded_for),
    ("xml_request", xml_request),
];

/// The input as text; bytes that are none are no input of a text's grammar.
fn text(data: &[u8]) -> Option<&str> {
    str::from_utf8(data).ok()
}
