//! Signing a request as RFC 9421 says.

use alloc::{format, string::String, vec::Vec};
use core::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    flaw::Flaw,
    host::host,
    key::SigningKey,
    message_profile::{Body, MessageProfile},
    message_signature::{MessageSignError, MessageSignature},
    rfc9421::{Component, Digests, Values, match_body},
    structured::{Reader, is_key, is_text},
};
use crate::{
    access::canonical,
    body::{HashAlg, Payload},
    id::KeyId,
    request::{OVERRIDES, RequestHead},
    secret::Secret,
    time::Timestamp,
};

/// The label of a signature whose profile names none: the one of the RFC's own examples.
const LABEL: &str = "sig1";

/// Signs requests for services that verify them with the same [`MessageProfile`].
///
/// ```
/// use keyward::{Headers, MessageProfile, MessageSigner, Payload, RequestHead, Secret, Timestamp};
/// let secret = Secret::new("correct horse battery staple".to_owned());
/// let signer = MessageSigner::new(MessageProfile::new(), "KEY1".parse()?, secret);
/// let lines = [("Host", b"api.example.test".as_slice())];
/// let head = RequestHead::new("GET", "/contacts?page=2", Headers::lines(&lines));
/// let signature = signer.sign(head, Payload::Absent, Timestamp::from_unix(1_795_348_800))?;
/// assert_eq!(
///     signature.iter().next(),
///     Some((
///         "signature-input",
///         r#"sig1=("@method" "@authority" "@path" "@query");created=1795348800;keyid="KEY1""#
///     ))
/// );
/// assert!(signature.signature_base().starts_with("\"@method\": GET\n\"@authority\": api.example.test\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MessageSigner {
    profile: MessageProfile,
    key_id: KeyId,
    secret: Secret,
}

impl MessageSigner {
    /// What the profile asks for is what is covered.
    pub fn new(profile: MessageProfile, key_id: KeyId, secret: Secret) -> Self {
        Self { profile, key_id, secret }
    }

    /// Signs a request as it is about to be sent, with its Host.
    ///
    /// With a body and no `Content-Digest` one is made, of SHA-256 or as the body was digested. Headers that override the
    /// method are covered.
    ///
    /// # Errors
    /// When the request lacks what the profile asks for, has it in a form that has two readings, or is signed already; when
    /// the profile's label or tag, or the moment, has no place in a signature.
    pub fn sign(
        &self,
        head: RequestHead<'_>,
        body: Payload<'_>,
        now: Timestamp,
    ) -> Result<MessageSignature, MessageSignError> {
        self.make(&head, &body, now, None)
    }

    /// Signs with a nonce, under which the service claims the request: printable ASCII, never the same again. Without one
    /// it claims the signature, which two equal requests of one second share.
    ///
    /// # Errors
    /// As for [`sign`](Self::sign), and when the nonce is not printable ASCII.
    pub fn sign_with_nonce(
        &self,
        nonce: &str,
        head: RequestHead<'_>,
        body: Payload<'_>,
        now: Timestamp,
    ) -> Result<MessageSignature, MessageSignError> {
        self.make(&head, &body, now, Some(nonce))
    }

    fn make(
        &self,
        head: &RequestHead<'_>,
        body: &Payload<'_>,
        now: Timestamp,
        nonce: Option<&str>,
    ) -> Result<MessageSignature, MessageSignError> {
        let label = self.label(head)?;
        if !self.profile.as_published() && !canonical(head.path()) {
            return Err(MessageSignError::Request(Flaw::Path));
        }
        let digest = self.digest(head, body)?;
        let components = self.components(head, body);
        let mut base = Vec::new();
        let values = Values { head: *head, host: host(head)?, folds: self.profile.as_published() };
        for name in &components {
            let component = Component::named(name)?;
            base.extend(format!("\"{name}\": ").bytes());
            match &digest {
                Some(made) if *name == "content-digest" => base.extend(made.bytes()),
                _ => values.put(&component, &mut base).map_err(|flaw| MessageSignError::of(flaw, name))?,
            }
            base.push(b'\n');
        }
        let list = self.list(&components, now, nonce)?;
        base.extend(format!("\"@signature-params\": {list}").bytes());
        let key = SigningKey::whole(self.secret.expose().as_bytes());
        let mac = STANDARD.encode(key.mac(|sink| sink.put(&base)).as_bytes());
        let mut headers = Vec::from([
            ("signature-input", format!("{label}={list}")),
            ("signature", format!("{label}=:{mac}:")),
        ]);
        headers.extend(digest.map(|digest| ("content-digest", digest)));
        Ok(MessageSignature::new(headers, base))
    }

    /// A second signature is only told from the first where the profile names one of them.
    fn label(&self, head: &RequestHead<'_>) -> Result<&str, MessageSignError> {
        let named = self.profile.chosen_label().is_some() || self.profile.chosen_tag().is_some();
        if !named && head.headers.all("signature-input").next().is_some() {
            return Err(MessageSignError::Request(Flaw::Twice));
        }
        let label = self.profile.chosen_label().unwrap_or(LABEL);
        if is_key(label.as_bytes()) { Ok(label) } else { Err(MessageSignError::Label) }
    }

    /// The `Content-Digest` to add.
    fn digest(&self, head: &RequestHead<'_>, body: &Payload<'_>) -> Result<Option<String>, MessageSignError> {
        match_body(head, body)?;
        let sent = head.headers.all("content-digest").next().is_some();
        if body.is_empty() || self.profile.body() == Body::Nothing {
            return Ok(None);
        }
        if sent {
            // A verifier passes over what it does not know, and finds the body unsigned.
            let known = Digests::of(head)?.any();
            return if known { Ok(None) } else { Err(Flaw::DigestMissing.into()) };
        }
        let made = [(HashAlg::Sha256, "sha-256"), (HashAlg::Sha512, "sha-512")]
            .into_iter()
            .find_map(|(alg, name)| Some((body.digest(alg)?, name)));
        Ok(made.map(|(digest, name)| format!("{name}=:{}:", STANDARD.encode(digest.as_bytes()))))
    }

    fn components<'s>(&'s self, head: &RequestHead<'_>, body: &Payload<'_>) -> Vec<&'s str> {
        let of_body: &[&str] = match self.profile.body() {
            _ if body.is_empty() => &[],
            Body::Nothing => &[],
            Body::Digest => &["content-digest"],
            Body::DigestAndType => &["content-digest", "content-type"],
        };
        let overrides = OVERRIDES.iter().filter(|name| head.headers.all(name).next().is_some());
        let mut components: Vec<_> = self.profile.required().iter().map(|name| &**name).collect();
        for name in of_body.iter().chain(overrides) {
            if !components.contains(name) {
                components.push(name);
            }
        }
        components
    }

    fn list(
        &self,
        components: &[&str],
        now: Timestamp,
        nonce: Option<&str>,
    ) -> Result<String, MessageSignError> {
        let quoted: Vec<_> = components.iter().map(|name| format!("\"{name}\"")).collect();
        let mut list = format!("({});created={};keyid=\"{}\"", quoted.join(" "), now.unix(), self.key_id);
        for (name, text) in [("nonce", nonce), ("tag", self.profile.chosen_tag())] {
            let Some(text) = text else { continue };
            if !is_text(text.as_bytes()) {
                return Err(MessageSignError::Text(name));
            }
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
            let _ = write!(list, ";{name}=\"{escaped}\"");
        }
        let fits = Reader::new(list.as_bytes()).member(&mut Vec::new()).is_ok();
        if fits { Ok(list) } else { Err(MessageSignError::Date) }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{borrow::ToOwned, string::ToString, vec};

    use super::*;
    use crate::{
        request::Headers,
        signature::{authority::Authorities, rfc9421::Signed},
    };

    const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);
    const SECRET: &str = "correct horse battery staple";

    type Lines = Vec<(&'static str, String)>;

    fn signer(profile: MessageProfile) -> MessageSigner {
        MessageSigner::new(profile, "KEY1".parse().unwrap(), Secret::new(SECRET.to_owned()))
    }

    fn lines() -> Lines {
        vec![("Host", "api.example.test".into()), ("Content-Type", "text/plain".into())]
    }

    fn with_head<T>(lines: &Lines, f: impl FnOnce(RequestHead<'_>) -> T) -> T {
        let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        f(RequestHead::new("POST", "/a?b=c", Headers::lines(&lines)).scheme("https"))
    }

    /// As a service would: read, checked and its MAC compared; and the base.
    fn verify(profile: &MessageProfile, lines: &Lines, body: &Payload<'_>) -> Result<String, Flaw> {
        with_head(lines, |head| {
            let signed = Signed::read(profile, &head).unwrap()?;
            let mut ours = Authorities::default();
            ours.add("api.example.test");
            signed.check(profile, &ours, body, NOW)?;
            let key = SigningKey::whole(SECRET.as_bytes());
            assert!(key.mac(|sink| signed.signature_base(sink)).same(&signed.claimed()));
            let mut base = Vec::new();
            signed.signature_base(&mut base);
            Ok(String::from_utf8(base).unwrap())
        })
    }

    #[test]
    fn what_is_signed_verifies() {
        let digested = |alg| {
            let mut hasher = crate::body::BodyHasher::new(alg);
            hasher.update(b"body");
            Payload::Digest(hasher.finish())
        };
        let new = MessageProfile::new;
        let profiles = [
            new(),
            new().label("a-b.c_*1").tag("q\"\\"),
            new().require([
                "@target-uri",
                "@scheme",
                "@request-target",
                "content-type",
                "x-http-method-override",
            ]),
            new().danger_conformance(),
            new().danger_conformance().require(["host"]).require_content_digest(),
        ];
        for profile in profiles {
            let bodies = [
                Payload::Absent,
                Payload::Bytes(b""),
                Payload::Bytes(b"body"),
                digested(HashAlg::Sha256),
                digested(HashAlg::Sha512),
            ];
            for body in bodies {
                for nonce in [None, Some("n\"1")] {
                    let mut lines = lines();
                    lines.push(("X-HTTP-Method-Override", "PATCH".into()));
                    let signed =
                        with_head(&lines, |head| signer(profile.clone()).make(&head, &body, NOW, nonce))
                            .unwrap();
                    lines.extend(signed.iter().map(|(name, value)| (name, value.to_string())));
                    assert_eq!(
                        verify(&profile, &lines, &body).as_deref(),
                        Ok(signed.signature_base()),
                        "{profile:?} {body:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_digest_that_is_sent_is_the_bodys_and_stands_alone() {
        let mut lines = lines();
        lines.push(("Content-Digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:".into()));
        let sign = |body| with_head(&lines, |head| signer(MessageProfile::new()).sign(head, body, NOW));
        let signed = sign(Payload::Bytes(br#"{"hello": "world"}"#)).unwrap();
        assert_eq!(
            signed.iter().map(|header| header.0).collect::<Vec<_>>(),
            ["signature-input", "signature"]
        );
        assert_eq!(sign(Payload::Bytes(b"{}")), Err(MessageSignError::Request(Flaw::Digest)));
        let foreign = [lines.as_slice(), &[("Content-Digest", "md5=:AAAA:".into())]].concat();
        let foreign: Lines = foreign.into_iter().filter(|(_, value)| !value.starts_with("sha-256")).collect();
        let refused = with_head(&foreign, |head| {
            signer(MessageProfile::new()).sign(head, Payload::Bytes(b"{\"hello\": \"world\"}"), NOW)
        });
        assert_eq!(refused.unwrap_err(), MessageSignError::Request(Flaw::DigestMissing));
    }

    #[test]
    fn what_cannot_be_signed_is_said_in_a_sentence() {
        let said = |profile: MessageProfile, lines: &Lines, now, nonce| {
            let made =
                with_head(lines, |head| signer(profile).make(&head, &Payload::Bytes(b"x"), now, nonce));
            made.unwrap_err().to_string()
        };
        let new = MessageProfile::new;
        let without = |name: &str| lines().into_iter().filter(|line| line.0 != name).collect::<Lines>();
        for (profile, lines, now, nonce, sentence) in [
            (
                new(),
                without("Host"),
                NOW,
                None,
                "request that cannot be signed: it sent no host; have it send the Host header that it signs",
            ),
            (
                new(),
                without("Content-Type"),
                NOW,
                None,
                "request without `content-type`, which the profile wants covered; send it, or tell the request's scheme",
            ),
            (
                new().label("A"),
                lines(),
                NOW,
                None,
                "label that is no key of RFC 8941; write lower-case letters, digits, `_`, `-`, `.` or `*`",
            ),
            (new().tag("é"), lines(), NOW, None, "tag with characters that are not printable ASCII"),
            (new(), lines(), NOW, Some("\n"), "nonce with characters that are not printable ASCII"),
            (
                new(),
                lines(),
                Timestamp::from_unix(i64::MAX),
                None,
                "moment of more than fifteen digits; pass seconds of the Unix epoch",
            ),
        ] {
            assert_eq!(said(profile, &lines, now, nonce), sentence);
        }
        let mut signed = lines();
        signed.push(("Signature-Input", "other=()".into()));
        assert!(said(new(), &signed, NOW, None).contains("two signatures"));
        for unknown in ["@status", "Date", "a\"b", ""] {
            assert!(
                said(new().require([unknown]), &lines(), NOW, None).contains("not of the scheme's form"),
                "{unknown}"
            );
        }
    }

    #[test]
    fn a_second_signature_is_made_beside_a_named_one() {
        let profile = MessageProfile::new().label("ours");
        let mut lines = lines();
        lines.push(("Signature-Input", "proxy=()".into()));
        lines.push(("Signature", "proxy=::".into()));
        let signed =
            with_head(&lines, |head| signer(profile.clone()).sign(head, Payload::Absent, NOW)).unwrap();
        lines.extend(signed.iter().map(|(name, value)| (name, value.to_string())));
        assert!(verify(&profile, &lines, &Payload::Absent).is_ok());
    }

    #[test]
    fn no_secret_of_a_signer_is_printed() {
        assert!(format!("{:?}", signer(MessageProfile::new())).ends_with("secret: Secret(..) }"));
    }

    #[cfg(feature = "http")]
    #[test]
    fn headers_of_a_signature_go_into_a_map() {
        let signed =
            with_head(&lines(), |head| signer(MessageProfile::new()).sign(head, Payload::Bytes(b"x"), NOW))
                .unwrap();
        let mut map = http::HeaderMap::new();
        signed.apply(&mut map);
        assert_eq!(map.len(), 3);
        assert!(map["signature"].to_str().unwrap().starts_with("sig1=:"));
    }
}
