//! What keyward makes of a case.

use std::error::Error;

use base64::{Engine, engine::general_purpose::STANDARD};
use keyward::{
    Canonical, Code, Headers, KeyId, Payload, Rejected, Timestamp, Verifier, Webhook, WebhookSecret,
};
use serde_json::json;

use crate::{
    case::{Case, Verdict},
    config,
};

pub(crate) struct Judged {
    /// `None`: the case cannot be put to this crate at all.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) key_id: Option<String>,
    pub(crate) code: Option<&'static str>,
    pub(crate) canonical: Option<Canonical>,
    /// What a signing case found wrong.
    pub(crate) mismatch: Option<String>,
}

impl Judged {
    pub(crate) fn line(&self, name: &str, mismatch: Option<&str>) -> String {
        let verdict = self.verdict.map_or("unrepresentable", Verdict::as_str);
        let mut line = json!({ "name": name, "verdict": verdict, "key_id": self.key_id, "code": self.code });
        if let Some(mismatch) = mismatch {
            line["mismatch"] = json!(mismatch);
        }
        line.to_string()
    }
}

/// The verifier of a case's scheme.
pub(crate) fn verifier(case: &Case) -> Result<Verifier, Box<dyn Error>> {
    match case.scheme.as_str() {
        "escher" => Ok(Verifier::new().profile(config::escher(&case.config)?)),
        "sigv4" => Ok(Verifier::new().profile(config::sigv4(&case.config)?)),
        "rfc9421" => Ok(Verifier::new().messages(config::rfc9421(&case.config)?)),
        other => Err(format!("scheme {other:?}; write escher, sigv4, rfc9421 or standard_webhooks").into()),
    }
}

/// The secret that the case gives a key.
pub(crate) fn secret_of(case: &Case, key_id: &str) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
    let Some((_, secret)) = case.key_db.iter().find(|(id, _)| id == key_id) else { return Ok(None) };
    match case.key_encoding.as_deref() {
        None | Some("text") => Ok(Some(secret.clone().into_bytes())),
        Some("base64") => Ok(Some(STANDARD.decode(secret).map_err(|error| error.to_string())?)),
        Some(other) => Err(format!("key_encoding {other:?}; write text or base64").into()),
    }
}

pub(crate) fn judge(case: &Case) -> Result<Judged, Box<dyn Error>> {
    if case.scheme == "standard_webhooks" {
        return webhook(case);
    }
    let verifier = verifier(case)?;
    let secrets: Vec<(&str, Vec<u8>)> = case
        .key_db
        .iter()
        .map(|(id, _)| Ok((id.as_str(), secret_of(case, id)?.unwrap_or_default())))
        .collect::<Result<_, Box<dyn Error>>>()?;
    let find = |key: KeyId| secrets.iter().find(|(id, _)| *id == key.as_str()).map(|(_, secret)| secret);
    let (lines, body) = (case.request.lines(), case.request.body()?);
    let head = case.request.head(&lines);
    let payload = body.as_deref().map_or(Payload::Absent, Payload::Bytes);
    let canonical = verifier.canonical(head, payload).ok();
    let judged = match verifier.verify(head, payload, Timestamp::from_unix(case.now), find) {
        Ok(verified) => {
            let key_id = Some(verified.key_id().to_string());
            Judged { verdict: Some(Verdict::Accept), key_id, code: None, canonical, mismatch: None }
        }
        Err(rejected) => {
            let key_id = match rejected {
                Rejected::UnknownKey(key) | Rejected::Mismatch(key) => Some(key.to_string()),
                _ => None,
            };
            let code = Some(Code::from(rejected).as_str());
            Judged { verdict: Some(Verdict::Reject), key_id, code, canonical, mismatch: None }
        }
    };
    Ok(judged)
}

fn webhook(case: &Case) -> Result<Judged, Box<dyn Error>> {
    let refused = |code| Judged {
        verdict: Some(Verdict::Reject),
        key_id: None,
        code: Some(code),
        canonical: None,
        mismatch: None,
    };
    let tolerance = config::tolerance(&case.config)?;
    let Ok(secret) = case.secret.as_deref().ok_or("no secret")?.parse::<WebhookSecret>() else {
        return Ok(refused("secret"));
    };
    let webhook = Webhook::new("webhook".parse()?, secret).tolerance(tolerance);
    let (lines, body) = (case.request.lines(), case.request.body()?.unwrap_or_default());
    Ok(match webhook.verify(Headers::lines(&lines), &body, Timestamp::from_unix(case.now)) {
        Ok(_) => Judged {
            verdict: Some(Verdict::Accept),
            key_id: None,
            code: None,
            canonical: None,
            mismatch: None,
        },
        Err(_) => refused("webhook"),
    })
}

/// What differs from what the case expects.
pub(crate) fn mismatch(case: &Case, judged: &Judged) -> Option<String> {
    let verdict = judged.verdict?;
    let expect = &case.expect;
    if verdict != expect.result {
        return Some(format!("expected {}", expect.result.as_str()));
    }
    if verdict == Verdict::Accept && case.scheme != "standard_webhooks" {
        if expect.key_id.is_some() && expect.key_id != judged.key_id {
            return Some("another key".to_owned());
        }
        let request = judged.canonical.as_ref().and_then(Canonical::request);
        let to_sign = judged.canonical.as_ref().map(Canonical::to_sign);
        for (name, expected, found) in [
            ("canonical request", &expect.canonical_request, request),
            ("string to sign", &expect.string_to_sign, to_sign),
            ("signature base", &expect.signature_base, to_sign),
        ] {
            if expected.as_ref().is_some_and(|expected| found != Some(expected.as_bytes())) {
                return Some(format!("another {name}"));
            }
        }
    }
    None
}
