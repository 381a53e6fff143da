//! The shared secret of a webhook.

use base64::{
    Engine, alphabet,
    engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use keyward::{InvalidWebhookSecret, WebhookSecret};

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
