//! Signs anew what a case has unsigned, and compares with what was published.

use std::{error::Error, time::Duration};

use keyward::{Payload, Secret, Signer, Timestamp, Webhook};

use crate::{
    case::{Case, Request, Verdict},
    config,
    judge::{Judged, secret_of, verifier},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// `None` where a case has nothing to sign: it is refused, or only its verification was published.
pub(crate) fn sign(case: &Case) -> Result<Option<Judged>> {
    if case.expect.result != Verdict::Accept {
        return Ok(None);
    }
    match case.scheme.as_str() {
        "standard_webhooks" => webhook(case),
        "escher" | "sigv4" => {
            let Some((id, _)) = case.key_db.first() else { return Ok(None) };
            let profile = if case.scheme == "escher" {
                config::escher(&case.config)?
            } else {
                config::sigv4(&case.config)?
            };
            let secret = Secret::new(String::from_utf8(secret_of(case, id)?.unwrap_or_default())?);
            let signer = Signer::new(profile, id.parse()?, secret);
            match (&case.unsigned_request, &case.presign_input) {
                (Some(request), _) => {
                    header(case, signer, request, case.headers_to_sign.clone(), now(case)).map(Some)
                }
                (None, Some(input)) => {
                    let life =
                        Duration::from_secs(input["expires"].as_u64().ok_or("expires of presign_input")?);
                    let url = input["url"].as_str().ok_or("url of presign_input")?;
                    let signed = signer.presign(url, life, now(case))?;
                    let published = case.expect.presigned_url.as_deref();
                    Ok(Some(told(id, (published != Some(&*signed)).then_some("another presigned URL"))))
                }
                (None, None) => match signed_headers(case) {
                    Some(names) => {
                        header(case, signer, &case.request, Some(names), signed_at(case)?).map(Some)
                    }
                    None => Ok(None),
                },
            }
        }
        _ => Ok(None),
    }
}

fn header(
    case: &Case,
    signer: Signer,
    request: &Request,
    names: Option<Vec<String>>,
    at: Timestamp,
) -> Result<Judged> {
    let (lines, body) = (request.lines(), request.body()?);
    let payload = body.as_deref().map_or(Payload::Absent, Payload::Bytes);
    let signed = signer.also(names.unwrap_or_default()).sign(request.head(&lines), payload, at)?;
    let expect = &case.expect;
    let (_, authorization) = signed.iter().last().ok_or("nothing was added")?;
    let signature = authorization.rsplit_once("Signature=").map(|(_, signature)| signature);
    let mut wrong = None;
    for (what, published, ours) in [
        ("another authorization header", expect.authorization.as_deref(), Some(authorization)),
        ("another signature", expect.signature.as_deref(), signature),
        ("another canonical request", expect.canonical_request.as_deref(), Some(signed.canonical_request())),
        ("another string to sign", expect.string_to_sign.as_deref(), Some(signed.string_to_sign())),
    ] {
        if published.is_some() && published != ours {
            wrong = wrong.or(Some(what));
        }
    }
    Ok(told(&case.key_db[0].0, wrong))
}

/// What a request that was signed in its headers signs: it is signed anew over the same, the signature left out.
fn signed_headers(case: &Case) -> Option<Vec<String>> {
    case.expect.signature.as_ref()?;
    let (_, value) = case.request.headers.iter().find(|(_, value)| value.contains("SignedHeaders="))?;
    let names = value.split("SignedHeaders=").nth(1)?.split(',').next()?;
    Some(names.trim().split(';').map(str::to_owned).collect())
}

fn webhook(case: &Case) -> Result<Option<Judged>> {
    let header = |name: &str| {
        case.request
            .headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    let (Some(id), Some(at), Some(published)) =
        (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"))
    else {
        return Ok(None);
    };
    let secret = case.secret.as_deref().ok_or("no secret")?.parse()?;
    let body = case.request.body()?.unwrap_or_default();
    let signed =
        Webhook::new("webhook".parse()?, secret).sign(id, Timestamp::from_unix(at.parse()?), &body)?;
    let (_, ours) = signed.iter().find(|(name, _)| *name == "webhook-signature").ok_or("no signature")?;
    let found = published.split(' ').any(|one| one == ours);
    Ok(Some(told("webhook", (!found).then_some("another signature"))))
}

/// When an accepted request was signed, which need not be the moment at which it is judged.
fn signed_at(case: &Case) -> Result<Timestamp> {
    let (lines, body) = (case.request.lines(), case.request.body()?);
    let payload = body.as_deref().map_or(Payload::Absent, Payload::Bytes);
    let secret = |id: keyward::KeyId| secret_of(case, id.as_str()).ok().flatten();
    let verified = verifier(case)?.verify(case.request.head(&lines), payload, now(case), secret)?;
    Ok(verified.replay_key().requested_at())
}

fn now(case: &Case) -> Timestamp {
    Timestamp::from_unix(case.now)
}

fn told(key_id: &str, wrong: Option<&str>) -> Judged {
    Judged {
        verdict: Some(Verdict::Accept),
        key_id: Some(key_id.to_owned()),
        code: None,
        canonical: None,
        mismatch: wrong.map(str::to_owned),
    }
}
