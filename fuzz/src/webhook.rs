//! The shared secret of a webhook, and its deliveries.

use base64::{
    Engine, alphabet,
    engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use keyward::{InvalidWebhookSecret, Timestamp, Webhook, WebhookSecret};

use crate::{
    model::hmac,
    request::{Request, seed, trimmed},
    sigv4::NOW,
};

/// Its bytes count from zero.
const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// A webhook secret is base64 of 23 to 64 bytes, with or without prefix and padding, and is not printed.
pub fn webhook_secret(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    let bare = text.strip_prefix("whsec_").unwrap_or(text);
    // All of the padding may be missing, and half of it not; bits behind the last byte say nothing.
    let unpadded = bare.trim_end_matches('=');
    let whole = |bytes: &Vec<u8>| bare == unpadded || bare.len() == STANDARD.encode(bytes).len();
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let no_pad = GeneralPurpose::new(
        &alphabet::STANDARD,
        config.with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
    );
    let bytes = no_pad.decode(unpadded).ok().filter(whole);
    let read = text.parse::<WebhookSecret>();
    match (bytes, read) {
        (Some(bytes), Ok(secret)) => {
            assert!((23..=64).contains(&bytes.len()));
            assert_eq!(secret.expose(), bytes);
            assert_eq!(format!("{secret:?}"), "WebhookSecret(..)");
            let again = format!("whsec_{}", STANDARD.encode(secret.expose())).parse::<WebhookSecret>();
            assert_eq!(again.expect("what is written is read").expose(), bytes);
        }
        (Some(bytes), Err(InvalidWebhookSecret::Length(told))) => {
            assert_eq!(told, bytes.len());
            assert!(!(23..=64).contains(&told));
        }
        (None, Err(error)) => {
            let fixed = "webhook secret that is not base64; write `whsec_` and base64 of 24 to 64 bytes";
            assert_eq!(error.to_string(), fixed, "no input in the error");
        }
        (bytes, read) => panic!("{text:?}: {bytes:?} is read as {read:?}"),
    }
}

const NAMES: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

fn hook() -> Webhook {
    Webhook::new("shop".parse().expect("a name"), SECRET.parse().expect("a secret"))
}

fn verify(request: &Request, now: Timestamp) -> bool {
    request.under(|head, _| hook().verify(head.headers, &request.body, now).is_ok())
}

/// Header lines, an empty line, a body: a delivery. It verifies exactly if a second reading of the three headers finds it
/// right; what is signed verifies, and does not with one byte changed.
pub fn webhook(data: &[u8]) {
    let Some(request) = Request::read(&[b"POST /\n", data].concat()) else { return };
    assert_eq!(verify(&request, NOW), is_right(&request, NOW.unix()), "{request:?}");

    let id = request.all("webhook-id").next().and_then(|id| crate::text(trimmed(id))).unwrap_or_default();
    // Some are signed too early or too late.
    let offset = i64::try_from(seed(data) % 1001).unwrap_or_default() - 500;
    let made = hook().sign(id, Timestamp::from_unix(NOW.unix() + offset), &request.body);
    assert_eq!(made.is_ok(), is_id(id.as_bytes()));
    let Ok(made) = made else { return };
    let bare = request.clone().without(&NAMES);
    let signed = made.iter().fold(bare, |request, (name, value)| request.with(name, value));
    let inside = offset.abs() <= 300;
    assert_eq!((verify(&signed, NOW), is_right(&signed, NOW.unix())), (inside, inside), "{signed:?}");
    for changed in signed.changes(seed(data)) {
        let touched = changed.body != signed.body
            || signed.lines.iter().zip(&changed.lines).any(|(a, b)| a != b && NAMES.contains(&&*a.0));
        assert_eq!(verify(&changed, NOW), inside && !touched, "{changed:?}");
    }
}

fn is_id(id: &[u8]) -> bool {
    (1..=256).contains(&id.len()) && id.iter().all(|byte| (b'!'..=b'~').contains(byte) && *byte != b'.')
}

fn is_right(request: &Request, now: i64) -> bool {
    let one = |name: &str| {
        let lines: Vec<_> = request.all(name).map(trimmed).collect();
        if let [line] = lines[..] { Some(line) } else { None }
    };
    let (Some(id), Some(digits), Some(signatures)) =
        (one("webhook-id"), one("webhook-timestamp"), one("webhook-signature"))
    else {
        return false;
    };
    let only_digits = (1..=12).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let sent = crate::text(digits).filter(|_| only_digits).and_then(|digits| digits.parse::<i64>().ok());
    let inside = sent.is_some_and(|sent| (sent - now).abs() <= 300);
    let key: Vec<u8> = (0..24).collect();
    let mac = hmac(&key, &[id, digits, &request.body].join(&b'.'));
    let right = format!("v1,{}", STANDARD.encode(mac));
    let all: Vec<_> = signatures.split(|byte| *byte == b' ').collect();
    is_id(id) && inside && all.len() <= 16 && all.contains(&right.as_bytes())
}

/// For the seeds: header lines and body of a delivery.
///
/// # Panics
/// Never.
#[must_use]
pub fn signed_delivery(id: &str, body: &str) -> String {
    let made = hook().sign(id, NOW, body.as_bytes()).expect("an id");
    let lines: Vec<_> = made.iter().map(|(name, value)| format!("{name}:{value}")).collect();
    format!("{}\n\n{body}", lines.join("\n"))
}
