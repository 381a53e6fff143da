//! The page's tables: what a verifier refuses, what it says, where clients disagree, bounds.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{Write, stderr},
    process::Command,
};

use keyward::{AccessLevel, Code, Denial, Flaw, Keep, Schemes, Verdict};

use crate::{
    common::{
        World, list,
        signing::{POST, Request, Scheme, Signed, Signing, signing_engine, world},
    },
    root,
};

/// All of them: `no_flaw_is_left_out` counts.
const FLAWS: [Flaw; 33] = [
    Flaw::Header,
    Flaw::Query,
    Flaw::Incomplete,
    Flaw::Twice,
    Flaw::HostMissing,
    Flaw::Hosts,
    Flaw::DateMissing,
    Flaw::Date,
    Flaw::Method,
    Flaw::Override,
    Flaw::Absolute,
    Flaw::Path,
    Flaw::Parameters,
    Flaw::Value,
    Flaw::TooMany,
    Flaw::Token,
    Flaw::BodyMissing,
    Flaw::KeyId,
    Flaw::Window,
    Flaw::Life,
    Flaw::Scope,
    Flaw::ScopeDay,
    Flaw::Authority,
    Flaw::HostUnsigned,
    Flaw::DateUnsigned,
    Flaw::Unsigned(0),
    Flaw::Absent,
    Flaw::PresignedHeaders,
    Flaw::PresignedBody,
    Flaw::BodyUnsigned,
    Flaw::Digest,
    Flaw::DigestMissing,
    Flaw::Algorithm,
];

fn name(flaw: Flaw) -> String {
    format!("{flaw:?}").split('(').next().unwrap_or_default().to_owned()
}

/// A clause and its remedy, in two cells.
fn cells(sentence: &str) -> String {
    let (clause, remedy) = sentence.split_once("; ").unwrap_or((sentence, ""));
    format!("{clause} | {remedy}")
}

fn flaws() -> String {
    let rows = FLAWS.iter().map(|flaw| {
        format!("| `{}` | `{}` | {} |\n", Code::of_flaw(*flaw), name(*flaw), cells(&flaw.to_string()))
    });
    ["| code | `Flaw` | the caller … | remedy |\n|---|---|---|---|\n".to_owned()]
        .into_iter()
        .chain(rows)
        .collect()
}

/// What the caller reads.
fn public() -> String {
    let signed = Code::ALL.iter().filter(|code| {
        code.as_str().starts_with("signature.")
            || [Code::CredentialInvalid, Code::ReplayQuota, Code::RequestTooLarge].contains(code)
    });
    let rows = signed.map(|code| format!("| {} | `{code}` | {} |\n", code.status(), Denial::new(*code)));
    ["| status | code | what the caller reads |\n|---|---|---|\n".to_owned()]
        .into_iter()
        .chain(rows)
        .collect()
}

/// What the operator reads of a signature that could be read, from the words `from` on.
fn operator(world: &World, signed: &Signed, known: bool, from: &str) -> String {
    signed.present(&world.engine, |presented| {
        let subject = world.subject().filter(|_| known);
        match world.engine.authorize(presented, subject, &world.ask()).unwrap() {
            Verdict::Deny(denial) => row(world, &denial, from),
            Verdict::Allow(_) => panic!("allowed, though {from}"),
        }
    })
}

fn row(world: &World, denial: &Denial, from: &str) -> String {
    let sentence = denial.operator().sentence(world.engine.catalogue()).to_string();
    let at = sentence.find(from).unwrap_or_else(|| panic!("{sentence:?} has no {from:?}"));
    format!("| `{}` | {} |\n", denial.code(), cells(&sentence[at..]))
}

fn operators() -> String {
    let world = world();
    let mut other = world.signed(POST);
    other.body = b"{ }".to_vec();
    let keeping = |keep| World::keeping(keep, signing_engine(), AccessLevel::Full, list("192.0.2.0/24"));
    let (hashed, narrow) = (keeping(Keep::Hashed), keeping(Keep::Sealed(Schemes::SIGV4)));
    let message = Request { scheme: Scheme::Message, ..POST };
    let replayed = Denial::new(Code::SignatureReplayed);
    let quota = Denial::new(Code::ReplayQuota);
    [
        "| code | the caller … | remedy |\n|---|---|---|\n".to_owned(),
        operator(&world, &world.signed(POST), false, "is unknown"),
        operator(&world, &other, true, "signed with another secret"),
        operator(&hashed, &hashed.signed(POST), true, "signed with a credential"),
        operator(&narrow, &narrow.signed(message), true, "signed in a scheme"),
        row(&world, &replayed, "sent a signed request"),
        row(&world, &quota, "has as many"),
    ]
    .concat()
}

/// Bounds of docs/defaults.md, which has a test of its own: schemes, constant, source.
const BOUNDS: [(&str, &str, &str); 14] = [
    ("all but webhooks", "`MAX_SECRET`", "`src/credential/import.rs`"),
    ("Escher, AWS", "`WINDOW`", "`src/signature/profile.rs`"),
    ("Escher, AWS", "`MAX_WINDOW`", "`src/signature/build.rs`"),
    ("Escher, AWS", "`MAX_LIFE`", "`src/signature/profile.rs`"),
    ("Escher, AWS", "`MAX_SIGNED`", "`src/signature/canonical/headers.rs`"),
    ("Escher, AWS", "`MAX_PAIRS`", "`src/signature/check.rs`"),
    ("RFC 9421", "window", "`src/signature/message_profile.rs`"),
    ("RFC 9421", "`MAX_WINDOW`", "`src/signature/message_profile.rs`"),
    ("RFC 9421", "`MAX_COMPONENTS`", "`src/signature/rfc9421/component.rs`"),
    ("RFC 9421", "`MAX_BYTES`", "`src/signature/structured.rs`"),
    ("webhooks", "webhook window", "`src/signature/webhook.rs`"),
    ("webhooks", "`MAX_TOLERANCE`", "`src/signature/webhook.rs`"),
    ("webhooks", "`MAX_ID`", "`src/signature/webhook/headers.rs`"),
    ("webhooks", "`MAX_SIGNATURES`", "`src/signature/webhook.rs`"),
];

fn bounds() -> String {
    let page = fs::read_to_string(root().join("docs/defaults.md")).unwrap();
    let mut table = "| scheme | what | bound | why |\n|---|---|---|---|\n".to_owned();
    for (scheme, constant, source) in BOUNDS {
        let row =
            page.lines().find(|line| line.starts_with(&format!("| {constant} |")) && line.contains(source));
        let row = row.unwrap_or_else(|| panic!("docs/defaults.md has no {constant} of {source}"));
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        table += &format!("| {scheme} | {} | {} | {} |\n", cells[4], number(cells[2]), cells[5]);
    }
    table
}

/// Of `8 * 1024`, `skew: 300` or `Duration::from_secs(604_800)`, as people write it.
fn number(value: &str) -> String {
    let bare = value.trim_matches('`').replace('_', "");
    let (bare, unit) = match bare.strip_prefix("Duration::fromsecs(").and_then(|rest| rest.strip_suffix(')'))
    {
        Some(seconds) => (seconds, " s"),
        None => (bare.split(": ").last().unwrap_or_default(), ""),
    };
    let product: u64 = bare.split(" * ").map(|factor| factor.parse::<u64>().unwrap()).product();
    format!("{product}{unit}")
}

/// scripts/interop/intended.py, as it prints its rules.
fn rules() -> Option<String> {
    let printed = Command::new("python3").arg("scripts/interop/intended.py").current_dir(root()).output();
    match printed {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) if env::var_os("KEYWARD_REQUIRE_ALL").is_none_or(|value| value != "1") => {
            // Past the test harness, which shows what a test prints only if it fails.
            let _ =
                writeln!(stderr(), "SKIPPED: the table of rules in docs/signing.md, no python3 ({error})");
            None
        }
        Err(error) => panic!("python3 does not start ({error})"),
    }
}

/// What the service of the page prints; it is built with the replay guard in memory.
fn service() -> Option<String> {
    if !cfg!(feature = "memory") {
        return None;
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["run", "--quiet", "--all-features", "--example", "signed_service"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Puts what could be made; the marks of the rest are returned.
pub(crate) fn texts(texts: &mut BTreeMap<String, String>) -> Vec<String> {
    let mut unread = Vec::new();
    for (mark, text) in [
        ("flaws", Some(flaws())),
        ("public", Some(public())),
        ("operators", Some(operators())),
        ("bounds", Some(bounds())),
        ("rules", rules()),
        ("service/output", service()),
    ] {
        match text {
            Some(text) => drop(texts.insert(mark.to_owned(), text)),
            None => unread.push(mark.to_owned()),
        }
    }
    unread
}

#[test]
fn no_flaw_is_left_out() {
    let code = fs::read_to_string(root().join("src/signature/flaw.rs")).unwrap();
    let (_, rest) = code.split_once("pub enum Flaw {").unwrap();
    let variants: Vec<_> = rest
        .lines()
        .take_while(|line| *line != "}")
        .filter_map(|line| line.trim().strip_suffix(','))
        .map(|line| line.split('(').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(variants, FLAWS.map(name));
}
