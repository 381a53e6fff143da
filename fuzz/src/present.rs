//! Reading a request's credential and deciding it.

use base64::{Engine, engine::general_purpose::STANDARD};
use keyward::{
    Account, BodyNeed, Code, Denial, Fault, Headers, MAX_HEADER_LINES, Payload, Presented, RequestHead,
    Strength, Verdict,
};

use crate::world::{World, ask, world};

/// A target line, header lines, an empty line, a body.
///
/// Two credentials are none. A request is allowed only with the right secret in a header, or with the right key where a bare key is enough; the
/// right token alone in its header is allowed; nothing that is printed or answered holds a part of the secret; the
/// explanation agrees with the verdict.
pub fn present(data: &[u8]) {
    let Some(request) = Request::read(data) else { return };
    let world = world();
    for account in [&world.account, &world.open] {
        let verdict = decided(world, account, &request);
        if request.has_two() {
            let code = verdict.clone().into_result().map_err(|denial| denial.code());
            let unread = [Err(Code::CredentialMalformed), Err(Code::RequestTooLarge)];
            assert!(unread.contains(&code.map(drop)), "one of two credentials was chosen: {verdict:?}");
        }
        match &verdict {
            Verdict::Allow(grant) => {
                assert_eq!(grant.key_id(), world.key_id);
                match grant.strength() {
                    Strength::Secret => assert!(request.carries(world.tail()), "allowed without the secret"),
                    Strength::KeyOnly => assert_eq!(*account, world.open, "allowed with a bare key"),
                    Strength::Signature => panic!("nothing was signed"),
                }
            }
            Verdict::Deny(denial) => {
                assert!(!request.is_plainly_right(world), "denied with the right token: {denial:?}");
                answers_say_nothing(denial);
            }
        }
    }
}

struct Request<'r> {
    target: &'r str,
    lines: Vec<(&'r str, &'r [u8])>,
    body: &'r [u8],
}

impl<'r> Request<'r> {
    fn read(data: &'r [u8]) -> Option<Self> {
        let (target, mut rest) = line(data);
        let mut lines = Vec::new();
        while !rest.is_empty() {
            let (head, behind) = line(rest);
            rest = behind;
            if head.is_empty() {
                break;
            }
            let colon = head.iter().position(|byte| *byte == b':').unwrap_or(head.len());
            let value = head.get(colon + 1..).unwrap_or_default();
            lines.push((crate::text(&head[..colon])?, value));
        }
        Some(Self { target: crate::text(target)?, lines, body: rest })
    }

    fn head(&self) -> RequestHead<'_> {
        RequestHead::new("POST", self.target, Headers::lines(&self.lines))
    }

    /// As the engine reads it, with the body if it asks for one.
    fn presented<'a>(&'a self, world: &'a World) -> Presented<'a> {
        let mut presented = world.engine.present(self.head());
        if presented.body_need() == BodyNeed::Bytes {
            presented.set_body(Payload::Bytes(self.body));
        }
        presented
    }

    /// Whether a header holds this text, bare or in base64.
    fn carries(&self, text: &str) -> bool {
        self.lines.iter().any(|(_, value)| {
            let word = value.trim_ascii().rsplit(|byte| b" \t".contains(byte)).next().unwrap_or_default();
            holds(value, text) || STANDARD.decode(word).is_ok_and(|decoded| holds(&decoded, text))
        })
    }

    /// More than one credential in its headers, read or not.
    fn has_two(&self) -> bool {
        let count =
            |name: &str| self.lines.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).count();
        let (authorization, key, secret) =
            (count("authorization"), count("x-api-key"), count("x-api-secret"));
        authorization.max(key).max(secret) > 1 || (authorization > 0 && key + secret > 0)
    }

    /// One line, and it is the token.
    fn is_plainly_right(&self, world: &World) -> bool {
        let [(name, value)] = self.lines[..] else { return false };
        let right = [format!("Bearer {}", world.token), format!("ApiKey {}:{}", world.key_id, world.secret)];
        let right = right.iter().any(|right| right.as_bytes() == value.trim_ascii_start());
        name.eq_ignore_ascii_case("authorization") && right && !self.target.contains('?')
    }
}

fn line(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    (&data[..end], data.get(end + 1..).unwrap_or_default())
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Decides as a service does, and compares with every other way to ask.
fn decided(world: &World, account: &Account, request: &Request<'_>) -> Verdict {
    let presented = request.presented(world);
    let (key, shown) = (presented.key_id(), format!("{presented:?}"));
    let found = || (key == Some(world.key_id)).then(|| world.subject(account));
    let verdict = world.engine.authorize(presented, found(), &ask()).expect("nothing is at fault");

    if request.lines.len() > MAX_HEADER_LINES {
        assert!(matches!(&verdict, Verdict::Deny(denial) if denial.code() == Code::RequestTooLarge));
    }
    let unread = world.engine.present(request.head());
    if unread.body_need() == BodyNeed::Bytes {
        let early = world.engine.authorize(unread, Some(world.subject(account)), &ask());
        assert!(matches!(early, Err(Fault::BodyUnread)), "decided before the body: {early:?}");
    }
    let nobody = world.engine.authorize(request.presented(world), None, &ask());
    assert!(matches!(nobody, Ok(Verdict::Deny(_))), "allowed without a record: {nobody:?}");
    if key != Some(world.key_id) {
        let stray = world.engine.authorize(request.presented(world), Some(world.subject(account)), &ask());
        assert!(!matches!(stray, Ok(Verdict::Allow(_))), "allowed under another key: {stray:?}");
    }

    let explanation = world.engine.explain(request.presented(world), found(), &ask());
    let code = |denial: &Denial| denial.code();
    let expected = match &verdict {
        Verdict::Allow(_) => None,
        Verdict::Deny(denial) => Some(code(denial)),
    };
    assert_eq!(explanation.allows(), expected.is_none());
    assert_eq!(explanation.denial().map(code), expected, "the explanation is the verdict's");

    let catalogue = world.engine.catalogue();
    let report = explanation.report(catalogue).to_string();
    let sentence = match &verdict {
        Verdict::Allow(_) => String::new(),
        Verdict::Deny(denial) => denial.operator().sentence(catalogue).to_string(),
    };
    let key = key.map(|key| key.to_string()).unwrap_or_default();
    for mark in ["kws1_", "kwt1_"] {
        let part = key.strip_prefix(mark).and_then(|rest| rest.get(..9));
        assert!(part.is_none_or(|part| part.contains(['_', '-'])), "a secret was read as a key id");
    }
    // Whoever sends a piece of the secret in the form of our keys has made it one; of any other form the half is shown.
    let key =
        Some(key).filter(|key| key.len() >= 20 && key[..key.len() - 16].ends_with("k_")).unwrap_or_default();
    let parts = world.tail().as_bytes().windows(9).map(|part| str::from_utf8(part).expect("base62"));
    for part in parts.filter(|part| !key.contains(part)) {
        for text in [&shown, &report, &sentence, &format!("{verdict:?}")] {
            assert!(!text.contains(part), "a part of the secret is printed: {text}");
        }
    }
    verdict
}

/// One of the four answers to a credential, to the byte.
fn answers_say_nothing(denial: &Denial) {
    let code = denial.code();
    let public = denial.to_string();
    let bare_key = "this key is not valid here, or this endpoint requires a signed request";
    assert!(
        public == Denial::new(code).to_string() || (code == Code::CredentialInvalid && public == bare_key),
        "an answer of its own: {public}"
    );
    let known =
        [Code::CredentialMissing, Code::CredentialMalformed, Code::CredentialInvalid, Code::RequestTooLarge];
    assert!(known.contains(&code), "{code}");
}
