//! What a client of RFC 9421 may have signed. It is read off the base as it should be, line by line.

use alloc::{string::String, vec::Vec};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    body::digests,
    cause::{Difference, How},
    headers::bare,
    search::{Form, Found, Part, search},
    secret,
};
use crate::{
    body::{HashAlg, Payload},
    request::{RequestHead, trimmed},
    signature::{
        canonical::{Coding, escape},
        key::SigningKey,
        rfc9421::Signed,
    },
};

/// Parameters whose every order is tried; of more, the orders that libraries write.
const PERMUTED: usize = 4;

const PARAMETERS: &str = "\"@signature-params\"";

/// Orders in which libraries write parameters.
const ORDERS: [&[&str]; 4] = [
    &["created", "expires", "nonce", "alg", "keyid", "tag"],
    &["created", "keyid", "alg", "expires", "nonce", "tag"],
    &["keyid", "alg", "created", "expires", "nonce", "tag"],
    &["alg", "keyid", "created", "expires", "nonce", "tag"],
];

/// A request that arrived, and its base as it should be.
pub(super) struct Message<'d, 'r> {
    signed: &'d Signed<'r>,
    head: &'d RequestHead<'r>,
    body: Payload<'r>,
    forms: bool,
    base: String,
}

impl<'d, 'r> Message<'d, 'r> {
    /// `None`: the base cannot be put together.
    pub(super) fn new(
        signed: &'d Signed<'r>,
        head: &'d RequestHead<'r>,
        body: Payload<'r>,
        forms: bool,
    ) -> Option<Self> {
        let mut base = Vec::new();
        signed.signature_base(&mut base);
        let base = String::from_utf8(base).ok()?;
        let whole = base.rsplit('\n').next().is_some_and(|last| last.starts_with(PARAMETERS));
        whole.then_some(Self { signed, head, body, forms, base })
    }

    /// Whether its forms are built; a large one's are not.
    pub(super) fn has_forms(&self) -> bool {
        self.forms
    }

    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.base.split('\n').filter_map(Line::read)
    }

    /// Which mistakes make the signature that was claimed.
    pub(super) fn search(&self, secret: &[u8]) -> Found {
        let mut parts: Vec<Part> = self.lines().map(|line| self.line(&line)).collect();
        let count = parts.len();
        parts.push(Self::order(count));
        parts.push(secret::forms(secret, *self.signed.key_id(), false));
        let names: Vec<&str> = self.lines().map(|line| line.name).collect();
        search(&parts, |chosen| self.fits(&names, chosen))
    }

    fn fits(&self, names: &[&str], chosen: &[&Form]) -> bool {
        let [values @ .., order, secret] = chosen else { return false };
        let mac = SigningKey::whole(&secret.bytes).mac(|sink| {
            let mut pieces: Vec<_> = names.iter().zip(values).collect();
            match order.how {
                Some(How::LineOrder) => {
                    let components = pieces.len().saturating_sub(1);
                    let components = pieces.get_mut(..components).unwrap_or_default();
                    if order.bytes.as_slice() == b"sorted" {
                        components.sort_by_key(|(name, _)| **name);
                    } else {
                        components.reverse();
                    }
                }
                Some(How::ParametersLeft) => drop(pieces.pop()),
                _ => {}
            }
            let kept = pieces.iter().filter(|(_, value)| value.how != Some(How::LineLeft));
            for (place, (name, value)) in kept.enumerate() {
                if place > 0 {
                    sink.put(b"\n");
                }
                sink.put(name.as_bytes());
                sink.put(b": ");
                sink.put(&value.bytes);
            }
            if order.how == Some(How::LineEnd) {
                sink.put(b"\n");
            }
        });
        mac.same(&self.signed.claimed())
    }

    /// The order of the lines, and what stands at their end.
    fn order(count: usize) -> Part {
        let mut part = Part::new("listed");
        part.add(How::LineEnd, "end");
        part.add(How::ParametersLeft, "left");
        if count > 2 {
            part.add(How::LineOrder, "sorted");
            part.add(How::LineOrder, "reversed");
        }
        part
    }

    /// The value of a line and its other forms.
    fn line(&self, line: &Line<'_>) -> Part {
        let right = line.value;
        let mut part = Part::new(right);
        if !self.forms {
            return part;
        }
        let (path, query) = self.head.target.split_once('?').unwrap_or((self.head.target, ""));
        let mut add = |how, value: &str| part.add(how, value);
        match line.name {
            PARAMETERS => parameters(right, &mut part),
            "\"@method\"" => {
                add(How::MethodCase, &right.to_ascii_lowercase());
                add(How::MethodCase, &right.to_ascii_uppercase());
            }
            "\"@path\"" => {
                add(How::PathQuery, self.head.target);
                add(How::PathSlash, right.strip_suffix('/').unwrap_or(right));
                add(How::PathSlash, &[right, "/"].concat());
                let decoded: Vec<u8> = Coding::Aws.decoded(path).collect();
                add(How::PathDecoded, &String::from_utf8_lossy(&decoded));
                add(How::PathEncoded, &again(right));
            }
            "\"@query\"" => {
                add(How::QueryMark, query);
                add(How::QueryMark, "");
                let mut pairs: Vec<&str> = query.split('&').collect();
                pairs.sort_unstable();
                add(How::QuerySortedAnyway, &["?", &pairs.join("&")].concat());
                let decoded: Vec<u8> = Coding::Aws.decoded(query).collect();
                add(How::QueryDecoded, &["?", &String::from_utf8_lossy(&decoded)].concat());
                add(How::PlusChanged, &["?", &query.replace('+', "%20")].concat());
                add(How::PlusChanged, &["?", &query.replace('+', "%2B")].concat());
            }
            "\"@authority\"" => self.authority(right, &mut part),
            "\"@target-uri\"" => {
                let (scheme, rest) = right.split_once("://").unwrap_or(("", right));
                let other = if scheme == "https" { "http" } else { "https" };
                add(How::UriScheme, &[other, "://", rest].concat());
                add(How::UriPath, self.head.target);
                add(How::UriPath, rest);
            }
            "\"@scheme\"" => {
                add(How::UriScheme, "http");
                add(How::UriScheme, "https");
            }
            "\"@request-target\"" => add(How::QueryLeft, path),
            "\"content-digest\"" => self.digest(&mut part),
            name => self.field(name, &mut part),
        }
        if line.name != PARAMETERS {
            part.add_of(How::LineLeft, line.name, None, "");
        }
        part
    }

    fn authority(&self, right: &str, part: &mut Part) {
        let sent = self.head.headers.all("host").next().map(trimmed);
        let sent = sent.or(self.head.authority.map(str::as_bytes)).unwrap_or_default();
        let same = sent.eq_ignore_ascii_case(right.as_bytes());
        part.add(if same { How::AuthorityCase } else { How::AuthorityPort }, sent);
        part.add(How::AuthorityPort, sent.to_ascii_lowercase());
        part.add(How::AuthorityCase, right.to_ascii_uppercase());
        part.add(How::HostBare, bare(right.as_bytes()));
        for port in [":443", ":80"] {
            part.add(How::AuthorityPort, [right, port].concat());
        }
    }

    fn digest(&self, part: &mut Part) {
        for (alg, name) in [(HashAlg::Sha256, "sha-256"), (HashAlg::Sha512, "sha-512")] {
            let right = self.body.digest(alg).map(|digest| (How::BodyHeader, digest));
            for (how, digest) in digests(&self.body, alg).into_iter().chain(right) {
                part.add(how, [name, "=:", &STANDARD.encode(digest.as_bytes()), ":"].concat());
            }
        }
    }

    fn field(&self, name: &str, part: &mut Part) {
        let Some(name) = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) else { return };
        let lines: Vec<&[u8]> = self.head.headers.all(name).collect();
        let bare: Vec<&[u8]> = lines.iter().map(|line| trimmed(line)).collect();
        part.add_of(How::Untrimmed, name, None, lines.join(b", ".as_slice()));
        part.add_of(How::LinesSpaced, name, None, bare.join(b",".as_slice()));
        part.add_of(How::LinesLast, name, None, bare.last().copied().unwrap_or_default());
        part.add_of(How::LinesFirst, name, None, bare.first().copied().unwrap_or_default());
        let words =
            bare.iter().flat_map(|line| line.split(|byte| *byte == b' ').filter(|word| !word.is_empty()));
        part.add_of(How::Folded, name, None, words.collect::<Vec<_>>().join(&b' '));
        part.add_of(How::HeaderEmpty, name, None, "");
    }

    /// How a base that the client printed differs from ours.
    pub(super) fn compare(&self, theirs: &str, found: &mut Vec<Difference>) {
        let theirs: Vec<Line<'_>> = theirs.split('\n').filter_map(Line::read).collect();
        if theirs.is_empty() {
            return found.push(Difference::new(How::NotText));
        }
        let before = found.len();
        for line in self.lines() {
            let Some(their) = theirs.iter().find(|their| their.name == line.name) else {
                let how = if line.name == PARAMETERS { How::ParametersLeft } else { How::LineLeft };
                let part = (how == How::LineLeft).then_some(line.name);
                found.push(Difference::of(how, part));
                continue;
            };
            if their.value == line.value {
                continue;
            }
            match self.line(&line).explain(their.value.as_bytes()) {
                Some(form) => found.extend(form.differences()),
                None if line.name == PARAMETERS => found.push(Difference::new(How::ParameterOther)),
                None => found.push(Difference::of(other(line.name), Some(line.name))),
            }
        }
        if theirs.iter().any(|their| self.lines().all(|line| line.name != their.name)) {
            found.push(Difference::new(How::LineExtra));
        }
        if found.len() == before
            && self.lines().map(|line| line.name).ne(theirs.iter().map(|their| their.name))
        {
            found.push(Difference::new(How::LineOrder));
        }
    }

    /// The same of a request that the client says it sent.
    pub(super) fn compare_sent(&self, theirs: &Message<'_, '_>, found: &mut Vec<Difference>) {
        self.compare(&theirs.base, found);
    }
}

fn other(name: &str) -> How {
    match name {
        "\"@method\"" => How::MethodOther,
        "\"@path\"" => How::PathOther,
        "\"@query\"" => How::QueryOther,
        "\"@authority\"" => How::HostOther,
        "\"content-digest\"" => How::BodyOther,
        _ => How::LineOther,
    }
}

/// One line of a base.
struct Line<'t> {
    /// The component's identifier, with its quotes and parameters.
    name: &'t str,
    value: &'t str,
}

impl<'t> Line<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (name, value) = text.split_once(": ").or_else(|| Some((text.strip_suffix(':')?, "")))?;
        name.starts_with('"').then_some(Self { name, value })
    }
}

/// The list of components with its parameters in other orders, with `alg` and without.
fn parameters(right: &str, part: &mut Part) {
    let Some((list, rest)) = right.rsplit_once(')') else { return };
    let given: Vec<&str> = split_parameters(rest);
    let mut add = |how, order: &[&str]| {
        let text: String = order.iter().flat_map(|parameter| [";", parameter]).collect();
        part.add(how, [list, ")", &text].concat());
    };
    if given.len() <= PERMUTED {
        permute(&mut given.clone(), 0, &mut |order| add(How::ParameterOrder, order));
    }
    let mut sorted = given.clone();
    sorted.sort_unstable();
    add(How::ParameterOrder, &sorted);
    for order in ORDERS {
        let place = |parameter: &&str| {
            let name = parameter.split('=').next().unwrap_or_default();
            order.iter().position(|known| *known == name).unwrap_or(order.len())
        };
        let mut ordered = given.clone();
        ordered.sort_by_key(place);
        add(How::ParameterOrder, &ordered);
    }
    let alg = "alg=\"hmac-sha256\"";
    let without: Vec<&str> = given.iter().copied().filter(|parameter| *parameter != alg).collect();
    if without.len() < given.len() {
        return add(How::AlgLeft, &without);
    }
    for place in 0..=given.len() {
        let mut with = given.clone();
        with.insert(place, alg);
        add(How::AlgLeft, &with);
    }
}

/// Cut at semicolons outside of strings.
fn split_parameters(text: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let pieces = text.split(|char| {
        let cuts = char == ';' && !quoted;
        quoted ^= char == '"' && !escaped;
        escaped = char == '\\' && !escaped;
        cuts
    });
    pieces.filter(|piece| !piece.is_empty()).collect()
}

/// Every order of what stands from `from` on.
fn permute<'t>(order: &mut [&'t str], from: usize, each: &mut impl FnMut(&[&'t str])) {
    if from >= order.len() {
        return each(order);
    }
    for at in from..order.len() {
        order.swap(from, at);
        permute(order, from + 1, each);
        order.swap(from, at);
    }
}

fn again(path: &str) -> String {
    let mut out = Vec::new();
    for byte in path.bytes() {
        let escaped = escape(byte);
        let bare = Coding::Aws.bare(byte) || byte == b'/';
        out.extend_from_slice(if bare { core::slice::from_ref(&byte) } else { &escaped });
    }
    String::from_utf8(out).unwrap_or_default()
}
