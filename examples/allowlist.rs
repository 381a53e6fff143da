//! Checks a list of address rules: canonical form, lint, and the verdict on each of some addresses.
//!
//! ```console
//! $ cargo run --example allowlist -- [--json] RULES ADDRESSES [REQUESTS]
//! ```
//!
//! RULES has one rule a line, ADDRESSES one address a line; blank lines are skipped. A line that is no rule is reported
//! and left out. A service would refuse the whole text (`Allowlist::parse`); here the other rules decide, so that the
//! rest can be looked at too. Findings number the readable rules from 1.
//!
//! REQUESTS has one JSON object a line, to see what a service behind proxies takes for the client:
//!
//! ```text
//! {"peer": "10.0.0.1", "trusted": "10.0.0.0/28", "header": "X-Forwarded-For",
//!  "headers": [["X-Forwarded-For", "203.0.113.9, 10.0.0.2"]]}
//! ```
//!
//! `peer` is an address or null; `trusted` a text area of rules, a list of rules, or the number of hops to count;
//! `header` X-Forwarded-For or Forwarded; `headers` the lines in order: pairs, texts like `Name: value`, or bare values
//! of that header. An object from names to values (or lists of values) does too.
//!
//! With `--json` there is one object a line and nothing else: for each rule `{rule, canonical, lint}` or `{rule, error,
//! position, lint}` (the byte at which the error begins), then `{address, verdict, rule?}`, then `{ip, source}`. A line
//! that cannot be read has an `error`, and an address among them is denied.

use std::{
    env, fs,
    io::{self, BufWriter, Write},
    net::IpAddr,
    num::NonZeroU8,
    process::ExitCode,
};

use keyward::{AddrSource, Allowlist, ClientAddr, Forwarding, Headers, Rule, RuleSet, TrustedProxies};
use serde_json::{Value, json};

const USAGE: &str =
    "usage: allowlist [--json] RULES ADDRESSES [REQUESTS]; see the head of examples/allowlist.rs";

fn main() -> ExitCode {
    let mut files: Vec<String> = env::args().skip(1).collect();
    let before = files.len();
    files.retain(|word| word != "--json");
    let json = files.len() < before;
    if !(2..=3).contains(&files.len()) || files.iter().any(|word| word.starts_with("--")) {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let mut texts = Vec::new();
    for file in &files {
        match fs::read(file) {
            Ok(bytes) => texts.push(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => {
                eprintln!("{file} could not be read ({error}); {USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    let mut out = Output { to: BufWriter::new(io::stdout().lock()), json };
    match report(&texts, &mut out).and_then(|()| out.to.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("the report could not be written ({error})");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

fn report(texts: &[String], out: &mut Output<impl Write>) -> io::Result<()> {
    let [rules, addresses, requests @ ..] = texts else { return Ok(()) };
    let lines: Vec<_> = lines(rules).map(|line| (line, line.parse::<Rule>())).collect();
    let list: Allowlist = lines.iter().filter_map(|(_, rule)| rule.clone().ok()).collect();
    out.rules(&lines, &list)?;
    if let Allowlist::Only(set) = &list {
        out.verdicts(addresses, set)?;
    }
    requests.iter().flat_map(|text| self::lines(text)).try_for_each(|line| out.client(line))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(trimmed).filter(|line| !line.is_empty())
}

/// As [`Allowlist::parse`] reads its lines.
fn trimmed(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line).trim_matches([' ', '\t'])
}

struct Output<W> {
    to: W,
    json: bool,
}

impl<W: Write> Output<W> {
    /// One JSON object with its members in this order, or the same for people.
    fn say(&mut self, members: &[(&str, Value)], words: &str) -> io::Result<()> {
        if !self.json {
            return writeln!(self.to, "{words}");
        }
        for (at, (name, value)) in members.iter().enumerate() {
            write!(self.to, "{}\"{name}\":{value}", if at == 0 { '{' } else { ',' })?;
        }
        writeln!(self.to, "}}")
    }

    fn rules(
        &mut self,
        lines: &[(&str, Result<Rule, keyward::InvalidRule>)],
        list: &Allowlist,
    ) -> io::Result<()> {
        let (mut findings, mut number) = (list.lint().peekable(), 0);
        for (typed, rule) in lines {
            let rule = match rule {
                Ok(rule) => rule,
                Err(error) => {
                    let position = error.position();
                    let members = [
                        ("rule", json!(typed)),
                        ("error", json!(error.problem().to_string())),
                        ("position", json!(position)),
                        ("lint", json!([])),
                    ];
                    self.say(
                        &members,
                        &format!("not a rule: {typed}\n    at byte {position}: {}", error.problem()),
                    )?;
                    continue;
                }
            };
            let mut found = Vec::new();
            while let Some(lint) = findings.next_if(|lint| lint.rule() == number) {
                found.push(lint.to_string());
            }
            number += 1;
            let canonical = rule.canonical().to_string();
            let words = found.iter().fold(format!("rule {number}: {typed} is {canonical}"), |words, lint| {
                words + "\n    " + lint
            });
            let members = [("rule", json!(typed)), ("canonical", json!(canonical)), ("lint", json!(found))];
            self.say(&members, &words)?;
        }
        Ok(())
    }

    fn verdicts(&mut self, addresses: &str, set: &RuleSet) -> io::Result<()> {
        let index = set.index();
        for address in lines(addresses) {
            let Ok(ip) = address.parse::<IpAddr>() else {
                let error = "not an IP address; write for example `192.0.2.1` or `2001:db8::1`";
                let members =
                    [("address", json!(address)), ("verdict", json!("deny")), ("error", json!(error))];
                self.say(&members, &format!("{address}: deny, {error}"))?;
                continue;
            };
            let client = ClientAddr::direct(ip);
            let mut members = vec![("address", json!(address)), ("verdict", json!("deny"))];
            let mut words = format!("{address}: deny");
            if let Some(rule) = index.matching(client) {
                members[1].1 = json!("allow");
                members.push(("rule", json!(rule.to_string())));
                words = format!("{address}: allow, by {rule}");
            }
            self.say(&members, &words)?;
        }
        Ok(())
    }

    fn client(&mut self, line: &str) -> io::Result<()> {
        match client_of(line) {
            Ok(client) => {
                let ip = client.ip().map(|ip| ip.to_string());
                let source = source(client.source());
                self.say(
                    &[("ip", json!(ip)), ("source", json!(source))],
                    &format!("client {client}, from: {source}"),
                )
            }
            Err(error) => self.say(&[("error", json!(error))], &format!("no request: {error}")),
        }
    }
}

fn source(source: AddrSource) -> &'static str {
    match source {
        AddrSource::Peer => "peer",
        AddrSource::Header => "header",
        AddrSource::ProxyItself => "proxy_itself",
        _ => "unknown",
    }
}

fn client_of(line: &str) -> Result<ClientAddr, String> {
    let request: Value = serde_json::from_str(line).map_err(|error| format!("no JSON ({error})"))?;
    let peer = match &request["peer"] {
        Value::Null => None,
        Value::String(peer) => {
            Some(peer.parse::<IpAddr>().map_err(|_| "`peer` is no IP address; write one, or null")?)
        }
        _ => return Err("`peer` is no text; write an address, or null".into()),
    };
    let header = request["header"].as_str().unwrap_or("X-Forwarded-For");
    let forwarding = match header.to_ascii_lowercase().as_str() {
        "x-forwarded-for" => Forwarding::XForwardedFor,
        "forwarded" => Forwarding::Forwarded,
        _ => return Err("`header` is neither; write X-Forwarded-For or Forwarded".into()),
    };
    let proxies = match &request["trusted"] {
        Value::Null => TrustedProxies::none(),
        Value::Number(count) => {
            let count = count.as_u64().and_then(|count| u8::try_from(count).ok()).and_then(NonZeroU8::new);
            TrustedProxies::hops(forwarding, count.ok_or("`trusted` counts no hops; write 1 to 255")?)
        }
        rules => TrustedProxies::parse(forwarding, &texts(rules)?.join("\n"))
            .map_err(|error| format!("`trusted`, {error}"))?,
    };
    let lines = header_lines(&request["headers"], header)?;
    let lines: Vec<_> = lines.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    Ok(proxies.client(Headers::lines(&lines), peer))
}

fn header_lines(headers: &Value, header: &str) -> Result<Vec<(String, String)>, String> {
    let mut lines = Vec::new();
    match headers {
        Value::Null => {}
        Value::Object(names) => {
            for (name, values) in names {
                lines.extend(texts(values)?.into_iter().map(|value| (name.clone(), value)));
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                lines.push(match entry.as_array().map(Vec::as_slice) {
                    Some([Value::String(name), Value::String(value)]) => (name.clone(), value.clone()),
                    _ => one_line(
                        entry.as_str().ok_or("`headers` has an entry that is no pair and no text")?,
                        header,
                    ),
                });
            }
        }
        value => lines.extend(texts(value)?.iter().map(|value| one_line(value, header))),
    }
    Ok(lines)
}

/// `Name: value`, or a bare value; no address has a colon with a blank behind it.
fn one_line(text: &str, header: &str) -> (String, String) {
    match text.split_once(": ") {
        Some((name, value)) if !name.contains(['=', '"', ',', ' ']) => (name.into(), value.into()),
        _ => (header.into(), text.into()),
    }
}

fn texts(value: &Value) -> Result<Vec<String>, String> {
    let one = |value: &Value| {
        value.as_str().map(str::to_owned).ok_or_else(|| "expected text, or a list of texts".to_owned())
    };
    match value {
        Value::Array(values) => values.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}
