//! The canonical forms of the SigV4 family once more: slow, in whole strings, from AWS's and Escher's own descriptions.

use hmac::{Hmac, KeyInit, Mac};
use keyward::Profile;
use sha2::{Digest, Sha256};

use crate::request::{Request, trimmed};

/// Whose rules, with the texts of one service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scheme {
    pub(crate) prefix: &'static str,
    pub(crate) vendor: &'static str,
    pub(crate) scope: &'static str,
    pub(crate) auth: &'static str,
    pub(crate) date: &'static str,
    aws: bool,
    s3: bool,
}

pub(crate) const ESCHER: Scheme = Scheme {
    prefix: "ESR",
    vendor: "Escher",
    scope: "eu/suite/ems_request",
    auth: "x-escher-auth",
    date: "x-escher-date",
    aws: false,
    s3: false,
};
pub(crate) const ANTAVO: Scheme = Scheme {
    prefix: "ANTAVO",
    vendor: "Antavo",
    scope: "st1/api/antavo_request",
    auth: "authorization",
    date: "date",
    ..ESCHER
};
const AWS: Scheme = Scheme {
    prefix: "AWS4",
    vendor: "Amz",
    scope: "us-east-1/service/aws4_request",
    auth: "authorization",
    date: "x-amz-date",
    aws: true,
    s3: false,
};
const S3: Scheme = Scheme { scope: "us-east-1/s3/aws4_request", s3: true, ..AWS };

pub(crate) const DIGEST: &str = "x-amz-content-sha256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

impl Scheme {
    /// The one that a digit chooses.
    pub(crate) fn chosen(digit: u8) -> Self {
        [ESCHER, ANTAVO, AWS, S3][usize::from(digit % 4)]
    }

    pub(crate) fn is_s3(self) -> bool {
        self.s3
    }

    pub(crate) fn profile(self) -> Profile {
        match (self.aws, self.s3, self.prefix) {
            (_, true, _) => Profile::aws_s3("us-east-1"),
            (true, ..) => Profile::aws("us-east-1", "service"),
            (.., "ESR") => Profile::escher(self.scope),
            _ => Profile::antavo("st1"),
        }
    }

    /// The canonical request. `names` are sorted.
    pub(crate) fn canonical(self, request: &Request, names: &[String], presigned: bool) -> Vec<u8> {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let method = if self.aws { request.method.clone() } else { request.method.to_ascii_uppercase() };
        let mut out =
            format!("{method}\n{}\n{}\n", self.path(path), self.query(query, presigned)).into_bytes();
        for name in names {
            let values: Vec<_> = request.all(name).map(|value| self.value(value)).collect();
            out.extend([name.as_bytes(), b":", &values.join(&b','), b"\n"].concat());
        }
        out.extend(format!("\n{}\n{}", names.join(";"), self.payload(request, presigned)).into_bytes());
        out
    }

    fn path(self, path: &str) -> String {
        if self.s3 {
            return path.to_owned();
        }
        let mut kept = Vec::new();
        for segment in path.split('/').filter(|segment| !segment.is_empty() && *segment != ".") {
            if segment == ".." {
                kept.pop();
            } else {
                kept.push(segment);
            }
        }
        let last = path.rsplit('/').next().unwrap_or_default();
        let slash = last.is_empty() || (!self.aws && [".", ".."].contains(&last));
        let normal = format!("/{}{}", kept.join("/"), if slash && !kept.is_empty() { "/" } else { "" });
        if self.aws {
            normal.split('/').map(|part| encode(part.bytes(), "-_.~")).collect::<Vec<_>>().join("/")
        } else {
            normal
        }
    }

    fn query(self, query: &str, presigned: bool) -> String {
        let signature = format!("X-{}-Signature", self.vendor);
        let bare = if self.aws { "-_.~" } else { "-_.~!*" };
        let anew = |text: &str| {
            let text = if self.aws { text.to_owned() } else { text.replace('+', " ") };
            encode(decode(&text).into_iter(), bare)
        };
        let mut pairs: Vec<(String, String)> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .filter(|(name, _)| !presigned || *name != signature)
            .map(|(name, value)| (anew(name), anew(value)))
            .collect();
        pairs.sort_by_key(|(name, value)| {
            if self.aws { (name.clone(), value.clone()) } else { (format!("{name}={value}"), String::new()) }
        });
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }

    /// Runs of white space become one space, in Escher not between double quotes.
    fn value(self, value: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let (mut quoted, mut run) = (false, false);
        for byte in trimmed(value) {
            let blank = !quoted && b" \t\r\n".contains(byte);
            if blank && !run {
                out.push(b' ');
            }
            if !blank {
                out.push(*byte);
                quoted ^= !self.aws && *byte == b'"';
            }
            run = blank;
        }
        out
    }

    fn payload(self, request: &Request, presigned: bool) -> String {
        let told = request.all(DIGEST).next().filter(|_| self.aws).map(trimmed);
        match (told, presigned) {
            (Some(told), _) if told == UNSIGNED.as_bytes() => UNSIGNED.to_owned(),
            (None, true) if self.s3 => UNSIGNED.to_owned(),
            (None, true) if !self.aws => hex(&Sha256::digest(UNSIGNED)),
            _ => hex(&Sha256::digest(&request.body)),
        }
    }

    /// What the MAC is over, of a request that was signed at this moment.
    pub(crate) fn to_sign(self, canonical: &[u8], date: &str) -> String {
        let day = &date[..8];
        let digest = hex(&Sha256::digest(canonical));
        format!("{}-HMAC-SHA256\n{date}\n{day}/{}\n{digest}", self.prefix, self.scope)
    }

    /// The signature, as it is written.
    pub(crate) fn mac(self, to_sign: &str, day: &str, secret: &str) -> String {
        let first = hmac(format!("{}{secret}", self.prefix).as_bytes(), day.as_bytes());
        let key = self.scope.split('/').fold(first, |key, part| hmac(&key, part.as_bytes()));
        hex(&hmac(&key, to_sign.as_bytes()))
    }
}

pub(crate) fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn encode(bytes: impl Iterator<Item = u8>, bare: &str) -> String {
    let one = |byte: u8| {
        let char = char::from(byte);
        if char.is_ascii_alphanumeric() || bare.contains(char) {
            char.to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    bytes.map(one).collect()
}

/// A `%` that opens no escape is itself.
pub(crate) fn decode(text: &str) -> Vec<u8> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        let escape = digits.filter(|_| bytes[at] == b'%').and_then(|two| str::from_utf8(two).ok());
        let decoded = escape.and_then(|two| u8::from_str_radix(two, 16).ok());
        out.push(decoded.unwrap_or(bytes[at]));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    out
}
