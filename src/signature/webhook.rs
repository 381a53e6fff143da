//! Standard Webhooks: deliveries that a service receives from another, or sends.

mod headers;
mod secret;

use alloc::{format, vec, vec::Vec};
use core::{fmt, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use headers::{ID, MAX_ID, SIGNATURE, TIMESTAMP, one, read_id, read_timestamp};
pub use headers::{WebhookError, WebhookHeaders};
pub use secret::{InvalidWebhookSecret, WebhookSecret};

use super::{
    key::{SigningKey, Tag},
    replay::ReplayKey,
};
use crate::{id::KeyId, request::Headers, time::Timestamp};

/// Signatures of one delivery: one for every secret and version, while they are rotated.
const MAX_SIGNATURES: usize = 16;

/// Seconds: the most that the window may be, as for every signature.
const MAX_TOLERANCE: u64 = 900;

/// One sender of webhooks, or one receiver: the secrets that it signs with, and the window of its clock
/// (Standard Webhooks 1.0, `v1` signatures: HMAC-SHA-256 over id, timestamp and body).
///
/// A sender may send a delivery again, and anybody who saw it may too. Claim [`Delivery::replay_key`] with a
/// [`ReplayGuard`](crate::ReplayGuard), or remember the ids that were handled.
///
/// ```
/// use keyward::{Headers, Timestamp, Webhook};
/// let webhook = Webhook::new("shop".parse()?, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?);
/// let lines = [
///     ("webhook-id", b"msg_p5jXN8AQM9LWM0D4loKWxJek".as_slice()),
///     ("webhook-timestamp", b"1614265330"),
///     ("webhook-signature", b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
/// ];
/// let now = Timestamp::from_unix(1_614_265_330);
/// let delivery = webhook.verify(Headers::lines(&lines), br#"{"test": 2432232314}"#, now)?;
/// assert_eq!(delivery.id(), "msg_p5jXN8AQM9LWM0D4loKWxJek");
/// assert!(webhook.verify(Headers::lines(&lines), b"{}", now).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Webhook {
    name: KeyId,
    secrets: Vec<WebhookSecret>,
    tolerance: u64,
}

impl Webhook {
    /// With a window of 300 seconds. The name keeps the ids of two senders apart and is whose share of a replay guard's
    /// memory a delivery takes; it is not part of what is signed.
    pub fn new(name: KeyId, secret: WebhookSecret) -> Self {
        Self { name, secrets: vec![secret], tolerance: 300 }
    }

    /// With another secret while they are rotated: either is accepted, and signing makes a signature with each.
    #[must_use]
    pub fn also(mut self, secret: WebhookSecret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// How far a delivery's timestamp may be from now, in both directions: 1 to 900 seconds, the nearest of which is taken.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance.as_secs().clamp(1, MAX_TOLERANCE);
        self
    }

    /// Checks a delivery: its three headers, its window, and that one of its `v1` signatures is by one of the secrets.
    ///
    /// # Errors
    /// When a header is missing, doubled or not of its form, the timestamp is outside the window, or no signature
    /// matches.
    pub fn verify<'r>(
        &self,
        headers: Headers<'r>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Delivery<'r>, WebhookError> {
        let id = read_id(one(headers, ID)?)?;
        let digits = one(headers, TIMESTAMP)?;
        let timestamp = read_timestamp(digits)?;
        let claimed = one(headers, SIGNATURE)?;
        if claimed.split(|byte| *byte == b' ').count() > MAX_SIGNATURES {
            return Err(WebhookError::TooMany);
        }
        let tolerance = Duration::from_secs(self.tolerance);
        if now < timestamp.minus(tolerance) || now > timestamp.plus(tolerance) {
            return Err(WebhookError::Window);
        }
        // Every signature is compared with the MAC under every secret: which of them matches does not show in the work.
        let mut matches = false;
        for secret in &self.secrets {
            let mac = mac(secret, id.as_bytes(), digits, body);
            for claimed in signatures(claimed) {
                matches |= claimed.same(&mac);
            }
        }
        if !matches {
            return Err(WebhookError::Signature);
        }
        Ok(Delivery {
            id,
            timestamp,
            name: self.name,
            remembered: timestamp.plus(tolerance).plus(Duration::from_secs(1)),
        })
    }

    /// The headers of a delivery, with a signature by every secret.
    ///
    /// # Errors
    /// When the id is not 1 to 256 visible ASCII characters without `.`, or the moment lies before 1970 or beyond the year
    /// 33,658.
    pub fn sign(&self, id: &str, now: Timestamp, body: &[u8]) -> Result<WebhookHeaders, WebhookError> {
        let id = read_id(id.as_bytes())?;
        let timestamp = format!("{}", now.unix());
        read_timestamp(timestamp.as_bytes())?;
        let signatures = self.secrets.iter().map(|secret| {
            let mac = mac(secret, id.as_bytes(), timestamp.as_bytes(), body);
            format!("v1,{}", STANDARD.encode(mac.as_bytes()))
        });
        let signature = signatures.collect::<Vec<_>>().join(" ");
        Ok(WebhookHeaders::new(id, timestamp, signature))
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A delivery that was signed by who knows the secret. Private fields: nothing but a check makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery<'r> {
    id: &'r str,
    timestamp: Timestamp,
    name: KeyId,
    remembered: Timestamp,
}

impl<'r> Delivery<'r> {
    /// What the sender calls it, the same when it is sent again.
    pub fn id(&self) -> &'r str {
        self.id
    }

    /// When it was sent.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// What to claim, so that nobody can send it again. A sender's own retry has a timestamp of its own: to handle an event
    /// once, remember the [id](Self::id).
    pub fn replay_key(&self) -> ReplayKey {
        let mut unique = [0; MAX_ID + 1 + 8];
        // No id has a zero in it, so its end shows.
        let joined = self.id.bytes().chain([0]).chain(self.timestamp.unix().to_be_bytes());
        let length = unique.iter_mut().zip(joined).map(|(slot, byte)| *slot = byte).count();
        let unique = unique.get(..length).unwrap_or_default();
        ReplayKey::new("standard-webhooks", self.name, unique, self.timestamp, self.remembered)
    }
}

/// Those of version 1, symmetric. Others are another scheme's, and what is not 32 bytes is no MAC of this one.
fn signatures(header: &[u8]) -> impl Iterator<Item = Tag> {
    header.split(|byte| *byte == b' ').filter_map(|signature| {
        let mut bytes = [0; 32];
        let length = STANDARD.decode_slice(signature.strip_prefix(b"v1,")?, &mut bytes).ok()?;
        (length == bytes.len()).then_some(Tag::Sha256(bytes))
    })
}

/// Over what arrived, piece by piece: the body is not copied.
fn mac(secret: &WebhookSecret, id: &[u8], timestamp: &[u8], body: &[u8]) -> Tag {
    SigningKey::whole(secret.expose()).mac(|sink| {
        for piece in [id, b".", timestamp, b".", body] {
            sink.put(piece);
        }
    })
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use std::{eprintln, path::PathBuf};

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const SENT: i64 = 1_614_265_330;

    fn webhook(secret: &str) -> Webhook {
        Webhook::new("shop".parse().unwrap(), secret.parse().unwrap())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds)
    }

    fn vectors() -> Option<serde_json::Value> {
        let given = std::env::var_os("KEYWARD_VECTORS").map(PathBuf::from);
        let folder =
            given.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/vectors")));
        match std::fs::read_to_string(folder.join("standard_webhooks.json")) {
            Ok(text) => Some(serde_json::from_str(&text).unwrap()),
            Err(error) if std::env::var_os("KEYWARD_REQUIRE_ALL").is_some() => {
                panic!("{}: {error}", folder.display())
            }
            Err(error) => {
                eprintln!("SKIPPED: no vectors in {}: {error}", folder.display());
                None
            }
        }
    }

    #[test]
    fn every_standard_webhooks_vector_is_answered_as_published() {
        let Some(cases) = vectors() else { return };
        let cases = cases.as_array().unwrap();
        assert_eq!(cases.len(), 28);
        let mut accepted = 0;
        for case in cases {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_string();
            let name = text(&case["name"]);
            let lines: Vec<_> = case["request"]["headers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| (text(&line[0]), text(&line[1])))
                .collect();
            let lines: Vec<_> = lines.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            let expected = case["expect"]["result"] == "accept";
            let secret = text(&case["secret"]).parse();
            assert_eq!(secret.is_err(), name.starts_with("empty-") && name.ends_with("secret"), "{name}");
            let Ok(secret) = secret else {
                assert!(!expected);
                continue;
            };
            let webhook = Webhook::new("shop".parse().unwrap(), secret)
                .tolerance(Duration::from_secs(case["config"]["tolerance_s"].as_u64().unwrap()));
            let body = text(&case["request"]["body"]);
            let verdict =
                webhook.verify(Headers::lines(&lines), body.as_bytes(), at(case["now"].as_i64().unwrap()));
            assert_eq!(verdict.is_ok(), expected, "{name}: {verdict:?}");
            accepted += usize::from(expected);
        }
        assert_eq!(accepted, 11);
    }

    fn sent(webhook: &Webhook, body: &[u8]) -> Vec<(&'static str, String)> {
        let headers = webhook.sign("msg_1", at(SENT), body).unwrap();
        headers.iter().map(|(name, value)| (name, value.to_string())).collect()
    }

    fn verify(webhook: &Webhook, lines: &[(&'static str, String)], now: i64) -> Result<(), WebhookError> {
        let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        webhook.verify(Headers::lines(&lines), b"body", at(now)).map(drop)
    }

    fn with(name: &'static str, value: &str) -> Result<(), WebhookError> {
        let webhook = webhook(SECRET);
        let mut lines = sent(&webhook, b"body");
        lines.retain(|line| line.0 != name);
        lines.push((name, value.into()));
        verify(&webhook, &lines, SENT)
    }

    #[test]
    fn what_is_signed_verifies_until_anything_changes() {
        let webhook = webhook(SECRET);
        let lines = sent(&webhook, b"body");
        assert_eq!(verify(&webhook, &lines, SENT), Ok(()));
        assert_eq!(verify(&webhook, &sent(&webhook, b"bodx"), SENT), Err(WebhookError::Signature));
        assert_eq!(with(ID, "msg_2"), Err(WebhookError::Signature));
        assert_eq!(with(TIMESTAMP, "1614265331"), Err(WebhookError::Signature));
        assert_eq!(with(TIMESTAMP, "01614265330"), Err(WebhookError::Signature));
        for name in [ID, TIMESTAMP, SIGNATURE] {
            let line = lines.iter().find(|line| line.0 == name).unwrap().clone();
            let less: Vec<_> = lines.iter().filter(|line| line.0 != name).cloned().collect();
            assert_eq!(verify(&webhook, &less, SENT), Err(WebhookError::Missing(name)));
            let more: Vec<_> = lines.iter().cloned().chain([line]).collect();
            assert_eq!(verify(&webhook, &more, SENT), Err(WebhookError::Twice(name)));
        }
    }

    #[test]
    fn only_whole_signatures_of_version_1_count() {
        let right = sent(&webhook(SECRET), b"body").remove(2).1;
        let mac = right.strip_prefix("v1,").unwrap();
        assert_eq!(with(SIGNATURE, &format!("v2,x  v1,AAAA {right}")), Ok(()));
        for wrong in [
            "",
            mac,
            &format!("v1a,{mac}"),
            &format!("v2,{mac}"),
            &format!("V1,{mac}"),
            &format!("v1, {mac}"),
            &format!("v1:{mac}"),
            &right[..right.len() - 1],
            &format!("{right}="),
            &format!("{right},{right}"),
            &format!("v1,{}", STANDARD.encode([0; 33])),
            "v1,",
        ] {
            assert_eq!(with(SIGNATURE, wrong), Err(WebhookError::Signature), "{wrong}");
        }
    }

    #[test]
    fn more_signatures_than_are_read_are_refused() {
        let right = sent(&webhook(SECRET), b"body").remove(2).1;
        assert_eq!(with(SIGNATURE, &format!("{}{right}", "v1,A ".repeat(15))), Ok(()));
        assert_eq!(with(SIGNATURE, &format!("{}{right}", "v1,A ".repeat(16))), Err(WebhookError::TooMany));
    }

    #[test]
    fn every_secret_of_a_rotation_is_taken() {
        let (old, new) = (webhook(SECRET), webhook(OTHER));
        let both = webhook(SECRET).also(OTHER.parse().unwrap());
        for sender in [&old, &new, &both] {
            assert_eq!(verify(&both, &sent(sender, b"body"), SENT), Ok(()));
            assert_eq!(verify(sender, &sent(&both, b"body"), SENT), Ok(()));
        }
        assert_eq!(verify(&new, &sent(&old, b"body"), SENT), Err(WebhookError::Signature));
    }

    #[test]
    fn an_id_is_short_visible_and_has_no_full_stop() {
        for wrong in ["", "a.b", "a b", "é", "a\tb", &"a".repeat(257)] {
            assert_eq!(with(ID, wrong), Err(WebhookError::Id), "{wrong}");
            assert_eq!(webhook(SECRET).sign(wrong, at(SENT), b""), Err(WebhookError::Id), "{wrong}");
        }
        assert!(webhook(SECRET).sign(&"a".repeat(256), at(SENT), b"").is_ok());
    }

    #[test]
    fn a_timestamp_is_digits_within_the_window() {
        for wrong in ["", "-1", "+1614265330", "1614265330.0", "1e9", "1614265330000", "١", "0x10", "1 6"] {
            assert_eq!(with(TIMESTAMP, wrong), Err(WebhookError::Timestamp), "{wrong}");
        }
        for (tolerance, taken) in [(0, 1), (1, 1), (300, 300), (900, 900), (901, 900), (u64::MAX, 900)] {
            let webhook = webhook(SECRET).tolerance(Duration::from_secs(tolerance));
            let lines = sent(&webhook, b"body");
            for now in [SENT - taken, SENT + taken] {
                assert_eq!(verify(&webhook, &lines, now), Ok(()));
            }
            for now in [SENT - taken - 1, SENT + taken + 1, 0, i64::MIN, i64::MAX] {
                assert_eq!(verify(&webhook, &lines, now), Err(WebhookError::Window));
            }
        }
        let lines = sent(&webhook(SECRET), b"body");
        assert_eq!(verify(&webhook(SECRET), &lines, SENT + 301), Err(WebhookError::Window));
        for now in [-1, 1_000_000_000_000, i64::MIN, i64::MAX] {
            assert_eq!(webhook(SECRET).sign("a", at(now), b""), Err(WebhookError::Timestamp));
        }
    }

    #[test]
    fn a_delivery_is_claimed_by_sender_id_and_time() {
        let key = |name: &str, id: &str, now: i64| {
            let webhook = Webhook::new(name.parse().unwrap(), SECRET.parse().unwrap());
            let headers = webhook.sign(id, at(now), b"").unwrap();
            let lines: Vec<_> = headers.iter().map(|(name, value)| (name, value.as_bytes())).collect();
            webhook.verify(Headers::lines(&lines), b"", at(now)).unwrap().replay_key()
        };
        let one = key("shop", "a", SENT);
        assert_eq!((one.requested_at(), one.expires_at()), (at(SENT), at(SENT + 301)));
        assert_eq!(one.key_id().as_str(), "shop");
        assert_eq!(one, key("shop", "a", SENT));
        let longest = "a".repeat(256);
        for other in [
            key("shop2", "a", SENT),
            key("shop", "b", SENT),
            key("shop", "a", SENT + 1),
            key("shop", &longest, SENT),
        ] {
            assert_ne!(one.digest(), other.digest());
        }
        assert_ne!(key("shop", &longest, SENT).digest(), key("shop", &longest, SENT + 1).digest());
    }

    #[test]
    fn every_refusal_is_a_sentence() {
        for (error, sentence) in [
            (
                WebhookError::Missing(ID),
                "no webhook-id header; a delivery has webhook-id, webhook-timestamp and webhook-signature",
            ),
            (WebhookError::Twice(SIGNATURE), "two webhook-signature headers; send one"),
            (
                WebhookError::Id,
                "webhook-id that is not 1 to 256 visible ASCII characters without a full stop",
            ),
            (
                WebhookError::Timestamp,
                "webhook-timestamp that is not 1 to 12 digits; write seconds of the Unix epoch",
            ),
            (
                WebhookError::Window,
                "webhook-timestamp outside the window; set the sender's clock, and sign every attempt anew",
            ),
            (
                WebhookError::TooMany,
                "more than 16 signatures in webhook-signature; send one for every secret",
            ),
            (
                WebhookError::Signature,
                "no v1 signature by a secret that is known here; compare the secrets, and sign the bytes that are sent",
            ),
        ] {
            assert_eq!(error.to_string(), sentence);
        }
    }

    #[test]
    fn no_secret_of_a_webhook_is_printed() {
        assert_eq!(format!("{:?}", webhook(SECRET)), "Webhook { name: KeyId(shop), .. }");
    }

    #[cfg(feature = "http")]
    #[test]
    fn headers_of_a_delivery_go_into_a_map() {
        let mut map = http::HeaderMap::new();
        map.insert(ID, "old".parse().unwrap());
        webhook(SECRET).sign("new", at(SENT), b"body").unwrap().apply(&mut map);
        assert_eq!(map.get_all(ID).iter().collect::<Vec<_>>(), ["new"]);
        assert!(webhook(SECRET).verify(Headers::from(&map), b"body", at(SENT)).is_ok());
    }
}
