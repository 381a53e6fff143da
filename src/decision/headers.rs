//! Headers that go with a status, whatever the reason for it.

pub(super) type Header = (&'static str, &'static str);

/// What every 401 asks for (RFC 9110 §11.6.1). Basic is read but not announced: browsers would ask their users for a
/// password.
pub(super) const CHALLENGE: Header = ("www-authenticate", r#"Bearer realm="api", ApiKey realm="api""#);

/// An answer is for one caller. Caches may keep a 404 and a 410 of their own accord (RFC 9110 §15.1), content networks
/// keep other errors too, and `X-Api-Key` does not warn them as `Authorization` does (RFC 9111 §3.5).
pub(super) const NO_STORE: Header = ("cache-control", "no-store");

/// Seconds after which a key whose share of the replay guard is used up may ask again. Of a steady flood some claims end
/// every second, of a burst all after five minutes: whoever asks once a minute comes back at most a minute late.
const RETRY_QUOTA: &str = "60";

/// Seconds after which a store that failed over or started anew answers again, as a rule.
const RETRY_FAULT: &str = "10";

pub(super) const QUOTA: Header = ("retry-after", RETRY_QUOTA);
pub(super) const FAULT: &[Header] = &[NO_STORE, ("retry-after", RETRY_FAULT)];
