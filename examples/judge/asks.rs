//! The other direction: signs what `scripts/interop/generate.py` asks for, so that the clients of others can judge it.

use std::{error::Error, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use keyward::{MessageSigner, Payload, Secret, Signer, Timestamp, Webhook};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{case::Request, config};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// As scripts/interop/README.md has it; what a signer needs of it.
#[derive(Deserialize)]
pub(crate) struct Ask {
    pub(crate) name: String,
    scheme: String,
    kind: String,
    config: Value,
    #[serde(default)]
    key_db: Vec<(String, String)>,
    #[serde(default)]
    secret: Option<String>,
    at: i64,
    now: i64,
    window: Value,
    request: Request,
    #[serde(default)]
    headers_to_sign: Vec<String>,
    #[serde(default)]
    expires: u64,
    /// Of RFC 9421.
    #[serde(default)]
    components: Vec<String>,
    #[serde(default)]
    label: String,
    #[serde(default)]
    parameters: Value,
    /// Of a webhook: its id, the spelling of `webhook-`, and other signatures in the same header.
    #[serde(default)]
    message: String,
    #[serde(default)]
    names: String,
    #[serde(default)]
    beside: String,
    #[serde(default)]
    behind: String,
}

/// The asks of a file, one a line.
pub(crate) fn read(text: &str) -> Result<Vec<Ask>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| parse(line).map_err(|error| format!("line {}: {error}", index + 1).into()))
        .collect()
}

/// SigV4's asks have host, path and query apart, for clients that want them so.
fn parse(line: &str) -> Result<Ask> {
    let mut ask: Value = serde_json::from_str(line)?;
    if let (Some(host), Some(path)) = (ask["host"].as_str(), ask["path"].as_str()) {
        let query = ask["query"].as_str().map_or_else(String::new, |query| format!("?{query}"));
        let (url, host) = (format!("{path}{query}"), json!(["Host", host]));
        ask["request"]["url"] = url.into();
        ask["request"]["headers"].as_array_mut().ok_or("no headers")?.push(host);
    }
    Ok(serde_json::from_value(ask)?)
}

impl Ask {
    /// The case to judge, or why this crate does not sign it.
    pub(crate) fn line(mut self) -> Result<String> {
        let signed = self.sign();
        let request = json!({
            "method": self.request.method, "url": self.request.url, "headers": self.request.headers,
            "body_b64": STANDARD.encode(self.request.body()?.unwrap_or_default()),
        });
        let mut case = json!({
            "name": format!("{}/keyward", self.name), "source": "keyward", "scheme": self.scheme, "kind": self.kind,
            "config": self.config, "now": self.now, "window": self.window, "request": request,
            "expect": { "result": "accept" },
        });
        if let Some(secret) = &self.secret {
            case["secret"] = json!(secret);
        } else {
            case["key_db"] = json!(self.key_db);
            case["expect"]["key_id"] = json!(self.key_db.first().ok_or("no key")?.0);
        }
        if let Err(error) = signed {
            case["unsigned"] = json!(error.to_string());
            case["headers_to_sign"] = json!(self.headers_to_sign);
        }
        Ok(case.to_string())
    }

    /// Replaces the request by the signed one.
    fn sign(&mut self) -> Result<()> {
        match (self.scheme.as_str(), self.kind.as_str()) {
            ("escher" | "sigv4", "header") => self.in_headers(),
            ("escher" | "sigv4", "presigned") => self.presigned(),
            ("rfc9421", "header") => self.message(),
            ("standard_webhooks", "header") => self.webhook(),
            (scheme, kind) => Err(format!("scheme {scheme:?}, kind {kind:?}").into()),
        }
    }

    fn signer(&self) -> Result<Signer> {
        let profile = if self.scheme == "escher" {
            config::escher(&self.config)?
        } else {
            config::sigv4(&self.config)?
        };
        let (id, secret) = self.key_db.first().ok_or("no key")?;
        Ok(Signer::new(profile, id.parse()?, Secret::new(secret.clone())))
    }

    /// A client of AWS signs all that it sends; one of Escher what it is told to.
    fn in_headers(&mut self) -> Result<()> {
        if let Some(token) = self.config["session_token"].as_str() {
            self.request.headers.push(("X-Amz-Security-Token".to_owned(), token.to_owned()));
        }
        let all = self.request.headers.iter().map(|(name, _)| name.clone());
        let names = if self.scheme == "sigv4" { all.collect() } else { self.headers_to_sign.clone() };
        let (lines, body) = (self.request.lines(), self.request.body()?.unwrap_or_default());
        let head = self.request.head(&lines);
        let signed = self.signer()?.also(names).sign(head, Payload::Bytes(&body), self.at())?;
        let added = signed.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.replace(added);
        Ok(())
    }

    /// Header lines do not go with a URL, but for the host.
    fn presigned(&mut self) -> Result<()> {
        if !self.headers_to_sign.is_empty() {
            return Err("a presigned URL signs the host alone".into());
        }
        let host = self.request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
        let origin = host.map(|(_, host)| format!("https://{host}"));
        let mut url = format!("{}{}", origin.unwrap_or_default(), self.request.url);
        if let Some(token) = self.config["session_token"].as_str() {
            let mark = if url.contains('?') { '&' } else { '?' };
            url = format!("{url}{mark}X-Amz-Security-Token={}", escaped(token));
        }
        let signed = self.signer()?.presign(&url, Duration::from_secs(self.expires), self.at())?;
        let signed = signed.split('#').next().unwrap_or_default();
        let rest = signed.strip_prefix("https://").ok_or("no https")?;
        let (host, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        self.request.headers = vec![("Host".to_owned(), host.to_owned())];
        target.clone_into(&mut self.request.url);
        Ok(())
    }

    /// Components with parameters are left out, which the signer does not offer; so are `alg` and `expires`. The secret
    /// is the text itself: the signer takes no bytes that are not text.
    fn message(&mut self) -> Result<()> {
        let plain = self.components.iter().map(String::as_str).filter(|name| !name.starts_with('"'));
        let mut profile = config::rfc9421(&self.config)?.label(&self.label).require(plain);
        if let Some(tag) = self.parameters["tag"].as_str() {
            profile = profile.tag(tag);
        }
        let (id, secret) = self.key_db.first().ok_or("no key")?;
        let signer = MessageSigner::new(profile, id.parse()?, Secret::new(secret.clone()));
        let (lines, body) = (self.request.lines(), self.request.body()?.unwrap_or_default());
        let (head, body) = (self.request.head(&lines), Payload::Bytes(&body));
        let made = match self.parameters["nonce"].as_str() {
            Some(nonce) => signer.sign_with_nonce(nonce, head, body, self.at())?,
            None => signer.sign(head, body, self.at())?,
        };
        let added = made.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.replace(added);
        Ok(())
    }

    fn webhook(&mut self) -> Result<()> {
        let secret = self.secret.as_deref().ok_or("no secret")?.parse()?;
        let body = self.request.body()?.unwrap_or_default();
        let signed = Webhook::new("webhook".parse()?, secret).sign(&self.message, self.at(), &body)?;
        let added = signed.iter().map(|(name, value)| match name.strip_prefix("webhook-") {
            Some("signature") => {
                (format!("{}signature", self.names), format!("{}{value}{}", self.beside, self.behind))
            }
            other => (format!("{}{}", self.names, other.unwrap_or(name)), value.to_owned()),
        });
        let added = added.collect();
        self.replace(added);
        Ok(())
    }

    /// Sets these lines in place of those of their names.
    fn replace(&mut self, added: Vec<(String, String)>) {
        let new = |name: &str| added.iter().any(|(added, _)| added.eq_ignore_ascii_case(name));
        self.request.headers.retain(|(name, _)| !new(name));
        self.request.headers.extend(added);
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_unix(self.at)
    }
}

/// Percent-encoded but for the unreserved characters of RFC 3986.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
