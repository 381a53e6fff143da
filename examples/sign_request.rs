//! Signs one request and prints the curl command that sends it.
//!
//! ```console
//! $ KEYWARD_SECRET=... cargo run --example sign_request -- [--explain] SCHEME KEY METHOD URL \
//!       [-H 'Name: value'].. [--body TEXT | --body-file FILE] [--at SECONDS] [--nonce TEXT]
//! ```
//!
//! SCHEME is `antavo:STACK`, `escher:SCOPE`, `aws:REGION/SERVICE`, `s3:REGION` or `rfc9421`. Every header that is given is
//! signed; the host is the URL's, the date is now or `--at`, in seconds of the Unix epoch. The secret is read from the
//! environment alone: arguments are seen by every user of a machine and kept in histories.
//!
//! The command is on standard output, quoted so that a POSIX shell changes nothing. With `--explain` everything that was
//! made on the way is on standard error: canonical request and string to sign, or the signature base, and the headers.

use std::{env, error::Error, fs, process::ExitCode, time::SystemTime};

use keyward::{
    Headers, KeyId, MessageProfile, MessageSigner, Payload, Profile, RequestHead, Secret, Signer, Timestamp,
};

const USAGE: &str = "usage: KEYWARD_SECRET=.. sign_request [--explain] SCHEME KEY METHOD URL [-H 'Name: value'].. \
    [--body TEXT | --body-file FILE] [--at SECONDS] [--nonce TEXT]; see the head of examples/sign_request.rs";

type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    match run() {
        Ok(command) => {
            println!("{command}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Arguments {
    words: Vec<String>,
    headers: Vec<(String, String)>,
    body: Option<Body>,
    at: Option<i64>,
    nonce: Option<String>,
    explain: bool,
}

struct Body {
    bytes: Vec<u8>,
    /// What curl is told: a text, or the file to read.
    curl: [String; 2],
}

/// What a signer made.
struct Made {
    headers: Vec<(String, String)>,
    /// Titles and texts.
    texts: Vec<(&'static str, String)>,
}

fn run() -> Result<String, Failure> {
    let arguments = read(env::args().skip(1))?;
    let [scheme, key, method, url] = arguments.words.as_slice() else {
        return Err("a scheme, a key, a method and a URL are needed, and nothing else".into());
    };
    if !is_token(method) {
        return Err("a method with characters that no method has".into());
    }
    let secret = env::var("KEYWARD_SECRET").map_err(|_| "KEYWARD_SECRET is not set; put the secret there")?;
    let (scheme, signer) = (scheme.as_str(), (key.parse()?, Secret::new(secret)));
    let (protocol, host, target) = split(url)?;
    let mut lines = vec![("Host".to_owned(), host.to_owned())];
    lines.extend(arguments.headers.iter().cloned());
    let borrowed: Vec<_> = lines.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let head = RequestHead::new(method, &target, Headers::lines(&borrowed)).scheme(protocol);
    let payload = arguments.body.as_ref().map_or(Payload::Absent, |body| Payload::Bytes(&body.bytes));
    #[allow(clippy::disallowed_methods, reason = "a program, not the library: its clock is the system's")]
    let now = arguments.at.map_or_else(|| Timestamp::from(SystemTime::now()), Timestamp::from_unix);
    let made = sign(scheme, signer, head, payload, now, &arguments)?;
    if arguments.explain {
        explain(&made);
    }
    Ok(curl(method, &format!("{protocol}://{host}{target}"), &lines, &made.headers, arguments.body.as_ref()))
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Arguments, Failure> {
    let mut read = Arguments::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value behind it"));
        match word.as_str() {
            "--explain" => read.explain = true,
            "-H" | "--header" => read.headers.push(header(&value()?)?),
            "--body" => {
                let text = value()?;
                read.body = Some(Body { bytes: text.clone().into(), curl: ["--data-raw".into(), text] });
            }
            "--body-file" => {
                let file = value()?;
                let bytes = fs::read(&file).map_err(|error| format!("{file} could not be read: {error}"))?;
                read.body = Some(Body { bytes, curl: ["--data-binary".into(), format!("@{file}")] });
            }
            "--at" => read.at = Some(value()?.parse()?),
            "--nonce" => read.nonce = Some(value()?),
            flag if flag.starts_with('-') => return Err(format!("{flag:?} is no flag").into()),
            _ => read.words.push(word),
        }
    }
    Ok(read)
}

fn header(line: &str) -> Result<(String, String), Failure> {
    let (name, value) = line.split_once(':').ok_or("a header without a colon; write 'Name: value'")?;
    let value = value.trim_matches([' ', '\t']);
    if !is_token(name) || value.chars().any(|char| char.is_control() && char != '\t') {
        return Err("a header with characters that no header has".into());
    }
    if name.eq_ignore_ascii_case("host") {
        return Err("the host is the URL's; leave the header out".into());
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// Letters, digits and the marks of RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Protocol, host and target. A fragment is cut off, for it is never sent.
fn split(url: &str) -> Result<(&str, &str, String), Failure> {
    let (protocol, rest) = url.split_once("://").ok_or("a URL without a protocol; write https://..")?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (host, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if !["http", "https"].contains(&protocol) || host.is_empty() || host.contains('@') || !plain(rest) {
        return Err(
            "a URL that is not http(s)://HOST/..; encode its characters, and leave out user and password"
                .into(),
        );
    }
    let default = if protocol == "https" { ":443" } else { ":80" };
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    // curl leaves the default port out of Host.
    Ok((protocol, host.strip_suffix(default).unwrap_or(host), target))
}

fn sign(
    scheme: &str,
    (key, secret): (KeyId, Secret),
    head: RequestHead<'_>,
    body: Payload<'_>,
    now: Timestamp,
    arguments: &Arguments,
) -> Result<Made, Failure> {
    let own = |lines: &mut dyn Iterator<Item = (&str, &str)>| {
        lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let mut names: Vec<_> = arguments.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    names.dedup();
    let (kind, rest) = scheme.split_once(':').unwrap_or((scheme, ""));
    let profile = match kind {
        "rfc9421" => {
            let profile = MessageProfile::new().require(names.iter().map(String::as_str));
            let signer = MessageSigner::new(profile, key, secret);
            let signature = match &arguments.nonce {
                Some(nonce) => signer.sign_with_nonce(nonce, head, body, now)?,
                None => signer.sign(head, body, now)?,
            };
            let texts = vec![("signature base", signature.signature_base().to_owned())];
            return Ok(Made { headers: own(&mut signature.iter()), texts });
        }
        "antavo" => Profile::antavo(rest),
        "escher" => Profile::escher(rest),
        "s3" => Profile::aws_s3(rest),
        "aws" => {
            let (region, service) =
                rest.split_once('/').ok_or("aws wants REGION/SERVICE behind the colon")?;
            Profile::aws(region, service)
        }
        _ => return Err(format!("{kind:?} is no scheme; write antavo, escher, aws, s3 or rfc9421").into()),
    };
    if arguments.nonce.is_some() {
        return Err("only rfc9421 has nonces".into());
    }
    let signed = Signer::new(profile, key, secret).also(names).sign(head, body, now)?;
    let texts = vec![
        ("canonical request", signed.canonical_request().to_owned()),
        ("string to sign", signed.string_to_sign().to_owned()),
    ];
    Ok(Made { headers: own(&mut signed.iter()), texts })
}

fn explain(made: &Made) {
    for (title, text) in &made.texts {
        eprintln!("--- {title}, {} bytes\n{text}", text.len());
    }
    eprintln!("--- headers");
    for (name, value) in &made.headers {
        eprintln!("{name}: {value}");
    }
}

fn curl(
    method: &str,
    url: &str,
    sent: &[(String, String)],
    made: &[(String, String)],
    body: Option<&Body>,
) -> String {
    // curl normalises paths and expands brackets unless it is told not to.
    let mut words = vec!["curl".to_owned(), "--path-as-is".into(), "--globoff".into()];
    if method == "HEAD" && body.is_none() {
        words.push("--head".into());
    } else {
        words.extend(["--request".into(), quoted(method)]);
    }
    let replaced = |name: &str| made.iter().any(|(made, _)| made.eq_ignore_ascii_case(name));
    for (name, value) in sent.iter().filter(|(name, _)| !replaced(name)).chain(made) {
        let line = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        words.extend(["--header".into(), quoted(&line)]);
    }
    if let Some(body) = body {
        // A form's type is what curl would make up.
        if !sent.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            words.extend(["--header".into(), quoted("Content-Type:")]);
        }
        let [flag, value] = &body.curl;
        words.extend([flag.clone(), quoted(value)]);
    }
    words.extend(["--url".into(), quoted(url)]);
    words.join(" ")
}

/// In single quotes, in which a POSIX shell reads nothing but their end.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
