//! The shared secret of a webhook.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use keyward::{InvalidWebhookSecret, WebhookSecret};

/// A webhook secret is base64 of 24 to 64 bytes, with or without prefix and padding, and is not printed.
pub fn webhook_secret(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    let bare = text.strip_prefix("whsec_").unwrap_or(text);
    // Padding may be missing, the half of it too, and is never more than belongs there.
    let unpadded = bare.trim_end_matches('=');
    let whole = |bytes: &Vec<u8>| bare.len() <= STANDARD.encode(bytes).len();
    let bytes = STANDARD_NO_PAD.decode(unpadded).ok().filter(whole);
    let read = text.parse::<WebhookSecret>();
    match (bytes, read) {
        (Some(bytes), Ok(secret)) => {
            assert!((24..=64).contains(&bytes.len()));
            assert_eq!(secret.expose(), bytes);
            assert_eq!(format!("{secret:?}"), "WebhookSecret(..)");
            let again = format!("whsec_{}", STANDARD.encode(secret.expose())).parse::<WebhookSecret>();
            assert_eq!(again.expect("what is written is read").expose(), bytes);
        }
        (Some(bytes), Err(InvalidWebhookSecret::Length(told))) => {
            assert_eq!(told, bytes.len());
            assert!(!(24..=64).contains(&told));
        }
        (None, Err(error)) => {
            let fixed = "webhook secret that is not base64; write `whsec_` and base64 of 24 to 64 bytes";
            assert_eq!(error.to_string(), fixed, "no input in the error");
        }
        (bytes, read) => panic!("{text:?}: {bytes:?} is read as {read:?}"),
    }
}
