//! examples/allowlist.rs, run as a user runs it.

use std::{
    env,
    fmt::Write,
    fs,
    net::Ipv4Addr,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::{Value, json};

/// A file of this test process with that text.
fn file(name: &str, text: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("allowlist-example");
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    fs::write(&path, text).expect("a file");
    path
}

fn run(words: &[&str], files: &[PathBuf]) -> Output {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["run", "--quiet", "--example", "allowlist", "--"])
        .args(words)
        .args(files)
        .output()
        .expect("cargo runs")
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn objects(output: &Output) -> Vec<Value> {
    text(output).lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect()
}

const RULES: &str = "192.168.0.3/24\r\n\n10.1\n 2001:DB8::/32\n10.0.0.0-10.0.0.255\n192.168.0.9\n";
const ADDRESSES: &str = "192.168.0.255\n::ffff:10.0.0.7\n\n2001:db8::1\n8.8.8.8\nnowhere\n";

#[test]
fn json_has_rules_then_verdicts_then_clients() {
    let requests = r#"
{"peer":"10.0.0.1","trusted":"10.0.0.0/8","header":"X-Forwarded-For","headers":[["X-Forwarded-For","192.0.2.1, 203.0.113.9"],["x-forwarded-for","10.0.0.2"]]}
{"peer":"10.0.0.1","trusted":["10.0.0.0/8"],"header":"Forwarded","headers":["for=\"[2001:db8::1]:80\""]}
{"peer":"10.0.0.1","trusted":"10.0.0.0/8","header":"X-Forwarded-For","headers":{"Forwarded":"for=203.0.113.9"}}
{"peer":"192.0.2.1","trusted":"10.0.0.0/8","header":"X-Forwarded-For","headers":["X-Forwarded-For: 203.0.113.9"]}
{"peer":"192.0.2.1","trusted":2,"header":"X-Forwarded-For","headers":["203.0.113.9, 203.0.113.8"]}
{"peer":null,"trusted":"10.0.0.0/8","header":"X-Forwarded-For","headers":[]}
{"peer":"10.0.0.1","trusted":"0.0.0.0/0","header":"X-Forwarded-For","headers":[]}
"#;
    let files = [file("rules", RULES), file("addresses", ADDRESSES), file("requests", requests)];
    let said = objects(&run(&["--json"], &files));
    let host = "rule 1 has host bits set, which are ignored; write 192.168.0.0/24, or the address alone if it was meant";
    let short = "short form of an IPv4 address; write all four octets, for example `192.0.2.1`";
    let inside = "rule 4 is covered by rule 1; remove it, or narrow rule 1";
    let not = "not an IP address; write for example `192.0.2.1` or `2001:db8::1`";
    let expected = [
        json!({"rule": "192.168.0.3/24", "canonical": "192.168.0.0/24", "lint": [host]}),
        json!({"rule": "10.1", "error": short, "position": 0, "lint": []}),
        json!({"rule": "2001:DB8::/32", "canonical": "2001:db8::/32", "lint": []}),
        json!({"rule": "10.0.0.0-10.0.0.255", "canonical": "10.0.0.0/24", "lint": []}),
        json!({"rule": "192.168.0.9", "canonical": "192.168.0.9", "lint": [inside]}),
        json!({"address": "192.168.0.255", "verdict": "allow", "rule": "192.168.0.3/24"}),
        json!({"address": "::ffff:10.0.0.7", "verdict": "allow", "rule": "10.0.0.0-10.0.0.255"}),
        json!({"address": "2001:db8::1", "verdict": "allow", "rule": "2001:DB8::/32"}),
        json!({"address": "8.8.8.8", "verdict": "deny"}),
        json!({"address": "nowhere", "verdict": "deny", "error": not}),
        json!({"ip": "203.0.113.9", "source": "header"}),
        json!({"ip": "2001:db8::1", "source": "header"}),
        json!({"ip": "10.0.0.1", "source": "proxy_itself"}),
        json!({"ip": "192.0.2.1", "source": "peer"}),
        json!({"ip": "203.0.113.9", "source": "header"}),
        json!({"ip": null, "source": "unknown"}),
    ];
    assert_eq!(said[..expected.len()], expected);
    let last = said.last().expect("a line")["error"].as_str().expect("an error");
    assert!(last.starts_with("`trusted`, line 1, byte 0: every address of a family"), "{last}");
    assert_eq!(said.len(), expected.len() + 1);
}

#[test]
fn people_read_sentences() {
    let said = text(&run(&[], &[file("rules", RULES), file("addresses", ADDRESSES)]));
    for sentence in [
        "rule 1: 192.168.0.3/24 is 192.168.0.0/24\n",
        "    rule 4 is covered by rule 1; remove it, or narrow rule 1\n",
        "not a rule: 10.1\n    at byte 0: short form",
        "2001:db8::1: allow, by 2001:DB8::/32\n",
        "8.8.8.8: deny\n",
    ] {
        assert!(said.contains(sentence), "{sentence:?} in\n{said}");
    }
}

#[test]
fn bad_usage_ends_in_a_sentence_and_2() {
    for (words, files) in
        [(&[][..], vec![]), (&["--csv", "a", "b"], vec![]), (&[], vec![PathBuf::from("no-such-file"); 2])]
    {
        let output = run(words, &files);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("usage: allowlist [--json] RULES ADDRESSES [REQUESTS]"), "{said}");
    }
}

#[test]
fn a_hundred_thousand_rules_are_read_linted_and_asked() {
    let (mut rules, mut addresses) = (String::new(), String::new());
    for at in 0..100_000u32 {
        let first = Ipv4Addr::from_bits(0x0900_0000 + at * 16);
        writeln!(rules, "{first}/29").expect("text");
        if at % 10 == 0 {
            let (within, past) =
                (Ipv4Addr::from_bits(first.to_bits() + 7), Ipv4Addr::from_bits(first.to_bits() + 8));
            writeln!(addresses, "{within}\n{past}").expect("text");
        }
    }
    let said = text(&run(&["--json"], &[file("many-rules", &rules), file("many-addresses", &addresses)]));
    let count = |part: &str| said.lines().filter(|line| line.contains(part)).count();
    assert_eq!(said.lines().count(), 120_000);
    assert_eq!(
        (count(r#""lint":[]"#), count(r#""verdict":"allow""#), count(r#""verdict":"deny""#)),
        (100_000, 10_000, 10_000)
    );
}
