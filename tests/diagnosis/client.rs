//! A client of the SigV4 family that signs by itself, and can make any mistake.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use keyward::{Cause, Clue, Diagnosis, Headers, Payload, Profile, RequestHead, Timestamp, Verifier};
use sha2::{Digest, Sha256};

use super::common::secret;

pub(crate) const SECRET: &str = "Tm90aGluZ0luSGVyZUlzU2VjcmV0QnV0VGhpczEy";
pub(crate) const KEY: &str = "AKIDEXAMPLE";

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

/// A client of the SigV4 family: every line that it signs, as it writes it.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) profile: Profile,
    pub(crate) prefix: &'static str,
    pub(crate) auth_header: &'static str,
    pub(crate) method: &'static str,
    pub(crate) target: &'static str,
    /// As sent.
    pub(crate) lines: Vec<(&'static str, &'static str)>,
    pub(crate) body: &'static [u8],
    pub(crate) names: &'static str,
    /// As signed.
    pub(crate) signed_method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) query: &'static str,
    pub(crate) headers: String,
    pub(crate) signed_names: &'static str,
    pub(crate) digest: String,
    pub(crate) algorithm: String,
    pub(crate) date: &'static str,
    pub(crate) scope: &'static str,
    pub(crate) request_hash: fn(&[u8]) -> String,
    pub(crate) key_prefix: &'static str,
    pub(crate) secret: Vec<u8>,
    pub(crate) key_scope: &'static str,
    pub(crate) derives: bool,
}

pub(crate) const SCOPE: &str = "20261122/us-east-1/host/aws4_request";

impl Client {
    pub(crate) fn aws() -> Self {
        Self {
            profile: Profile::aws("us-east-1", "host"),
            prefix: "AWS4",
            auth_header: "Authorization",
            method: "POST",
            target: "/a%20b/c?b=x+y&a=1&k&z=%2F*",
            lines: vec![
                ("Host", "api.example.test:8443"),
                ("X-Amz-Date", "20261122T120000Z"),
                ("X-Tag", "one  two"),
                ("X-Many", "1"),
                ("X-Many", "2"),
            ],
            body: b"{\"a\":\r\n1}\r\n",
            names: "x-tag;host;x-amz-date;x-many",
            signed_method: "POST",
            path: "/a%2520b/c",
            query: "a=1&b=x%2By&k=&z=%2F%2A",
            headers: "host:api.example.test:8443\nx-amz-date:20261122T120000Z\nx-many:1,2\nx-tag:one two\n"
                .into(),
            signed_names: "host;x-amz-date;x-many;x-tag",
            digest: sha256(b"{\"a\":\r\n1}\r\n"),
            algorithm: "AWS4-HMAC-SHA256".into(),
            date: "20261122T120000Z",
            scope: SCOPE,
            request_hash: sha256,
            key_prefix: "AWS4",
            secret: SECRET.into(),
            key_scope: SCOPE,
            derives: true,
        }
    }

    pub(crate) fn escher() -> Self {
        Self {
            profile: Profile::antavo("st1"),
            prefix: "ANTAVO",
            method: "GET",
            target: "/customers?b=x+y&a=1",
            lines: vec![("Host", "api.example.test:8443"), ("Date", "Sun, 22 Nov 2026 12:00:00 GMT")],
            body: b"",
            names: "date;host",
            signed_method: "GET",
            path: "/customers",
            query: "a=1&b=x%20y",
            headers: "date:Sun, 22 Nov 2026 12:00:00 GMT\nhost:api.example.test:8443\n".into(),
            signed_names: "date;host",
            digest: sha256(b""),
            algorithm: "ANTAVO-HMAC-SHA256".into(),
            scope: "20261122/st1/api/antavo_request",
            key_prefix: "ANTAVO",
            key_scope: "20261122/st1/api/antavo_request",
            ..Self::aws()
        }
    }

    pub(crate) fn canonical(&self) -> String {
        [self.signed_method, self.path, self.query, &self.headers, self.signed_names, &self.digest].join("\n")
    }

    pub(crate) fn to_sign(&self) -> String {
        [&self.algorithm, self.date, self.scope, &(self.request_hash)(self.canonical().as_bytes())].join("\n")
    }

    pub(crate) fn signature(&self) -> String {
        let mut key = self.secret.clone();
        if self.derives {
            key = [self.key_prefix.as_bytes(), &self.secret].concat();
            for part in self.key_scope.split('/') {
                key = hmac(&key, part.as_bytes());
            }
        }
        hex(&hmac(&key, self.to_sign().as_bytes()))
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::new().profile(self.profile.clone()).authorities(["api.example.test:8443"])
    }

    pub(crate) fn with_head<T>(&self, see: impl FnOnce(RequestHead<'_>, Payload<'_>) -> T) -> T {
        let authorization = format!(
            "{}-HMAC-SHA256 Credential={KEY}/{}, SignedHeaders={}, Signature={}",
            self.prefix,
            self.sent_scope(),
            self.names,
            self.signature()
        );
        let mut lines: Vec<_> = self.lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        lines.push((self.auth_header, authorization.as_bytes()));
        see(RequestHead::new(self.method, self.target, Headers::lines(&lines)), Payload::Bytes(self.body))
    }

    /// What stands in the credential: the scope of the day on which it is sent.
    pub(crate) fn sent_scope(&self) -> &'static str {
        match self.prefix {
            "ANTAVO" => "20261122/st1/api/antavo_request",
            _ => SCOPE,
        }
    }

    pub(crate) fn by(&self, clue: Clue<'_>) -> Diagnosis {
        let diagnosis = self.with_head(|head, body| self.verifier().diagnose(head, body, moment(), clue));
        assert_tells_nothing(&diagnosis, &self.signature());
        diagnosis
    }

    /// What is found with the secret.
    pub(crate) fn by_secret(&self) -> Diagnosis {
        self.by(Clue::Secret(&secret(SECRET)))
    }
}

/// 2026-11-22T12:00:00Z.
pub(crate) fn moment() -> Timestamp {
    Timestamp::from_unix(1_795_348_800)
}

/// No MAC and no nine consecutive characters of the secret, whichever way it is printed.
pub(crate) fn assert_tells_nothing(diagnosis: &Diagnosis, mac: &str) {
    let mut texts = vec![diagnosis.report().to_string(), format!("{diagnosis:?}"), format!("{diagnosis:#?}")];
    texts.extend(diagnosis.iter().flat_map(|found| [found.to_string(), format!("{found:?}")]));
    for text in texts {
        for secret in [SECRET.as_bytes(), mac.as_bytes()].into_iter().flat_map(|secret| secret.windows(9)) {
            let piece = std::str::from_utf8(secret).unwrap();
            assert!(!text.contains(piece), "{text}");
        }
    }
}

pub(crate) fn causes(diagnosis: &Diagnosis) -> Vec<Cause> {
    diagnosis.iter().map(keyward::Difference::cause).collect()
}
