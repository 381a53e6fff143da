//! Raw HTTP/1.1 requests from files named `what@peer.http`, or `what@peer@second.http` where they belong to a second of
//! Unix time, with placeholders for credentials filled in.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    net::IpAddr,
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use keyward::{Headers, RequestHead, Timestamp};

use crate::{Result, body};

/// One request as it stood on the wire, where it came from, and when, if that was written down.
pub(crate) struct Captured {
    pub(crate) name: String,
    pub(crate) peer: IpAddr,
    pub(crate) at: Option<Timestamp>,
    raw: Vec<u8>,
}

/// The most header lines that are parsed.
const MAX_LINES: usize = 100;

impl Captured {
    /// Parses the head and hands it on, with a way to read the body.
    pub(crate) fn with_head<T>(
        &self,
        decide: impl FnOnce(RequestHead<'_>, &dyn Fn() -> Result<Vec<u8>>) -> Result<T>,
    ) -> Result<T> {
        let mut lines = [httparse::EMPTY_HEADER; MAX_LINES];
        let mut parsed = httparse::Request::new(&mut lines);
        let httparse::Status::Complete(length) = parsed.parse(&self.raw)? else {
            return Err("the request ends before its head does".into());
        };
        let lines: Vec<_> = parsed.headers.iter().map(|line| (line.name, line.value)).collect();
        let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
        let headers = Headers::lines(&lines);
        decide(RequestHead::new(method, target, headers), &|| body::read(headers, &self.raw[length..]))
    }
}

/// Reads every `.http` file of a folder, in the order of their names.
pub(crate) fn read(folder: &Path, fill: &Fill) -> Result<Vec<Captured>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("folder {}: {error}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "http"));
    paths.sort();
    if paths.is_empty() {
        return Err(format!("folder {}: no file that ends in .http", folder.display()).into());
    }
    paths.iter().map(|path| load(path, fill)).collect()
}

fn load(path: &Path, fill: &Fill) -> Result<Captured> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a file name that is not UTF-8")?;
    let mut parts = stem.splitn(3, '@');
    let (name, peer, at) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or("127.0.0.1"), parts.next());
    let peer = peer
        .parse()
        .map_err(|_| format!("{stem}.http: no address behind `@`; write for example a@192.0.2.1.http"))?;
    let at = at.map(str::parse).transpose().map_err(|_| {
        format!("{stem}.http: no second of Unix time behind the address; write a@192.0.2.1@1795348800.http")
    })?;
    let raw = fs::read(path).map_err(|error| format!("{stem}.http: {error}"))?;
    let raw = fill.request(&raw).map_err(|error| format!("{stem}.http: {error}"))?;
    Ok(Captured { name: name.replacen('-', " ", 2), peer, at: at.map(Timestamp::from_unix), raw })
}

/// What stands in for `{{key:NAME}}`, `{{secret:NAME}}` and `{{token:NAME}}`.
#[derive(Default)]
pub(crate) struct Fill(HashMap<String, String>);

impl Fill {
    pub(crate) fn insert(&mut self, kind: &str, name: &str, value: &str) {
        self.0.insert(format!("{{{{{kind}:{name}}}}}"), value.to_owned());
    }

    /// Line by line, since a Basic header has to be decoded, filled and encoded again. The body stays as it is.
    fn request(&self, raw: &[u8]) -> Result<Vec<u8>> {
        let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(raw.len());
        let (head, body) = raw.split_at(end);
        let head = String::from_utf8_lossy(head);
        let lines = head.split("\r\n").map(|line| self.line(line)).collect::<Result<Vec<_>>>()?;
        Ok([lines.join("\r\n").as_bytes(), body].concat())
    }

    fn line(&self, line: &str) -> Result<String> {
        let basic = line.get(..21).filter(|start| start.eq_ignore_ascii_case("authorization: basic "));
        let decoded = basic.and_then(|start| STANDARD.decode(line.strip_prefix(start)?).ok());
        match decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
            Some(pair) => Ok(format!("Authorization: Basic {}", STANDARD.encode(self.text(&pair)?))),
            None => self.text(line),
        }
    }

    fn text(&self, text: &str) -> Result<String> {
        let filled = self
            .0
            .iter()
            .fold(text.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value));
        if !filled.contains("{{") {
            return Ok(filled);
        }
        let names: BTreeSet<_> =
            self.0.keys().filter_map(|key| key.split(':').nth(1)?.strip_suffix("}}")).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let kinds = "{{key:NAME}}, {{secret:NAME}} or {{token:NAME}}";
        Err(format!(
            "a placeholder that stands for nothing; write one of {kinds}, where NAME is one of {names}"
        )
        .into())
    }
}
