//! One case in the normal form: what was signed, with what, and what should come of it.

use std::error::Error;

use keyward::{Headers, RequestHead};
use serde::Deserialize;
use serde_json::Value;

/// A case as it stands in a file. Fields that only say where it came from are passed over; a config is read strictly,
/// by its scheme.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) scheme: String,
    pub(crate) config: Value,
    #[serde(default)]
    pub(crate) key_db: Vec<(String, String)>,
    #[serde(default)]
    pub(crate) key_encoding: Option<String>,
    /// Of a webhook.
    #[serde(default)]
    pub(crate) secret: Option<String>,
    /// Seconds of the Unix epoch: the verifier's clock.
    pub(crate) now: i64,
    pub(crate) request: Request,
    pub(crate) expect: Expect,
    #[serde(default)]
    pub(crate) unsigned_request: Option<Request>,
    #[serde(default)]
    pub(crate) headers_to_sign: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) presign_input: Option<Value>,
}

#[derive(Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    #[serde(default)]
    pub(crate) body: Option<String>,
    #[serde(default)]
    pub(crate) body_b64: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Expect {
    pub(crate) result: Verdict,
    #[serde(default)]
    pub(crate) key_id: Option<String>,
    #[serde(default)]
    pub(crate) canonical_request: Option<String>,
    #[serde(default)]
    pub(crate) string_to_sign: Option<String>,
    #[serde(default)]
    pub(crate) signature_base: Option<String>,
    #[serde(default)]
    pub(crate) authorization: Option<String>,
    #[serde(default)]
    pub(crate) signature: Option<String>,
    #[serde(default)]
    pub(crate) presigned_url: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Accept,
    Reject,
}

impl Verdict {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
        }
    }
}

impl Request {
    /// `None` where the request has no body at all, which is not the same as an empty one.
    pub(crate) fn body(&self) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        match (&self.body, &self.body_b64) {
            (Some(text), None) => Ok(Some(text.clone().into_bytes())),
            (None, Some(base64)) => Ok(Some(STANDARD.decode(base64).map_err(|error| error.to_string())?)),
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err("a request with both body and body_b64; write one".into()),
        }
    }

    /// The head as a server sees it, with the scheme of an absolute URL beside the target.
    pub(crate) fn head<'r>(&'r self, lines: &'r [(&'r str, &'r [u8])]) -> RequestHead<'r> {
        let head = |target| RequestHead::new(&self.method, target, Headers::lines(lines));
        match self.url.split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => {
                let path = rest.find(['/', '?']).map_or("", |at| &rest[at..]);
                let authority = &rest[..rest.len() - path.len()];
                head(if path.is_empty() { "/" } else { path }).scheme(scheme).authority(authority)
            }
            _ => head(&self.url),
        }
    }

    pub(crate) fn lines(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }
}

/// The cases of a file: a JSON array, or one object a line.
pub(crate) fn read(text: &str) -> Result<Vec<Case>, Box<dyn Error>> {
    if text.trim_start().starts_with('[') {
        return Ok(serde_json::from_str(text)?);
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", index + 1).into())
        })
        .collect()
}
