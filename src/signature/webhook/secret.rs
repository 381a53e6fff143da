//! The shared secret of a webhook, as Standard Webhooks writes it.

use alloc::{boxed::Box, vec::Vec};
use core::{fmt, str::FromStr};

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

/// A webhook's secret: `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks, "Signature scheme"). The prefix may be
/// missing, and all of the padding; bits behind the last byte are passed over. A secret of 23 bytes is read too, because the
/// published suite has one. A type of its own: no API user's secret is ever a webhook's.
///
/// ```
/// use keyward::WebhookSecret;
/// let secret: WebhookSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX".parse()?;
/// assert_eq!(format!("{secret:?}"), "WebhookSecret(..)");
/// # Ok::<(), keyward::InvalidWebhookSecret>(())
/// ```
pub struct WebhookSecret(Zeroizing<Box<[u8]>>);

const BYTES: core::ops::RangeInclusive<usize> = 23..=64;

impl WebhookSecret {
    /// The key's bytes. Whoever calls this answers for where they go.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for WebhookSecret {
    type Err = InvalidWebhookSecret;

    fn from_str(text: &str) -> Result<Self, InvalidWebhookSecret> {
        const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        const BASE64: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
        let text = text.strip_prefix("whsec_").unwrap_or(text);
        if text.ends_with('=') && !text.len().is_multiple_of(4) {
            return Err(InvalidWebhookSecret::NotBase64); // half of the padding: the end of it was lost
        }
        // Room for all of it beforehand: a vector that grew would leave copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
        BASE64.decode_vec(text, &mut bytes).map_err(|_| InvalidWebhookSecret::NotBase64)?;
        if !BYTES.contains(&bytes.len()) {
            return Err(InvalidWebhookSecret::Length(bytes.len()));
        }
        Ok(Self(Zeroizing::new(Box::from(bytes.as_slice()))))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(..)")
    }
}

/// Why a text is no webhook secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidWebhookSecret {
    /// Not base64 behind the prefix.
    #[error("webhook secret that is not base64; write `whsec_` and base64 of 24 to 64 bytes")]
    NotBase64,
    /// Too short or too long.
    #[error("webhook secret of {0} bytes; write `whsec_` and base64 of 24 to 64 bytes")]
    Length(usize),
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn prefix_and_padding_are_optional_and_nothing_else_is() {
        let padded = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA==";
        for text in [padded, &padded[6..], padded.trim_end_matches('='), &padded.replace("GA=", "GB=")] {
            let secret = text.parse::<WebhookSecret>().unwrap();
            assert_eq!(secret.expose(), (0..25).collect::<Vec<u8>>());
        }
        let half = padded.strip_suffix('=').unwrap();
        for text in [
            "whsec_!",
            half,
            "whsec_=",
            " AAAA",
            &format!("{padded}="),
            &padded.replace('=', "*"),
            "whsec_-_-_",
        ] {
            assert_eq!(text.parse::<WebhookSecret>().unwrap_err(), InvalidWebhookSecret::NotBase64, "{text}");
        }
        for (length, valid) in [(0, false), (22, false), (23, true), (64, true), (65, false)] {
            let text = BASE64_OF_ZEROS.encode(alloc::vec![0; length]);
            assert_eq!(text.parse::<WebhookSecret>().is_ok(), valid, "{length}");
        }
        assert_eq!("whsec_AAAA".parse::<WebhookSecret>().unwrap_err(), InvalidWebhookSecret::Length(3));
    }

    const BASE64_OF_ZEROS: GeneralPurpose = base64::engine::general_purpose::STANDARD;
}
