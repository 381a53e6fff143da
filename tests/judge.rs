//! Published cases of five suites, through the program that judges them; and that the program can fail.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicUsize, Ordering},
};

use keyward::{Headers, Payload, Profile, RequestHead, Secret, Signer, Timestamp};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the suites are; `None`, loudly, where they are not.
fn suites() -> Option<PathBuf> {
    let folder =
        env::var_os("KEYWARD_VECTORS").map_or_else(|| root().join("../shared/vectors"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        env::var_os("KEYWARD_REQUIRE_ALL").is_none_or(|value| value != "1"),
        "no folder of published cases; set KEYWARD_VECTORS"
    );
    eprintln!("SKIPPED: published cases, there is no folder of them; set KEYWARD_VECTORS");
    None
}

fn judge(arguments: &[&str]) -> Output {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--example", "judge", "--"]).args(arguments).current_dir(root());
    command.output().unwrap()
}

/// The last line, and whether the program was content.
fn last(output: &Output) -> (String, bool) {
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let line = printed.lines().last().unwrap_or_default().to_owned();
    assert!(!line.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (line, output.status.success())
}

/// What cannot be met, with the reason. Nothing.
const UNMET: [(&str, &str); 0] = [];

#[test]
fn every_published_case_is_decided_as_its_suite_says() {
    let Some(folder) = suites() else { return };
    for (file, cases) in
        [("escher", 107), ("sigv4", 81), ("rfc9421", 42), ("standard_webhooks", 28), ("antavo", 44)]
    {
        let path = folder.join(file).with_extension("json");
        let found = last(&judge(&["--check", path.to_str().unwrap()]));
        let expected = format!("{cases} passed, 0 failed, 0 unrepresentable");
        assert_eq!(found, (expected, true), "{file}");
    }
    assert_eq!(UNMET.len(), 0);
}

#[test]
fn what_suites_have_unsigned_is_signed_as_they_publish_it() {
    let Some(folder) = suites() else { return };
    for (file, signed) in [("escher", 45), ("sigv4", 42), ("antavo", 24), ("standard_webhooks", 11)] {
        let path = folder.join(file).with_extension("json");
        let found = last(&judge(&["--sign", path.to_str().unwrap()]));
        assert_eq!(found, (format!("{signed} passed, 0 failed, 0 unrepresentable"), true), "{file}");
    }
}

/// What other clients signed, changed and verified, as `scripts/interop.sh vectors` chose it.
#[test]
fn what_other_clients_sign_is_decided_as_they_and_the_rules_say() {
    let mut good = Vec::new();
    for (scheme, cases) in [("escher", 40), ("sigv4", 40), ("rfc9421", 40), ("standard_webhooks", 40)] {
        let path = root().join("tests/vectors").join(scheme).with_extension("jsonl");
        let found = last(&judge(&["--check", path.to_str().unwrap()]));
        assert_eq!(found, (format!("{cases} passed, 0 failed, 0 unrepresentable"), true), "{scheme}");
        good.push(fs::read_to_string(path).unwrap().matches(r#""expect": {"result": "accept""#).count());
    }
    assert_eq!(good, [19, 22, 22, 23], "about half of them");
}

static MADE: AtomicUsize = AtomicUsize::new(0);

/// One case of our own in the normal form.
fn case(change: impl FnOnce(&mut serde_json::Value)) -> PathBuf {
    let (key, secret) = ("AN1EXAMPLEKEY000001", "Example+Secret/For-Tests");
    let signer = Signer::new(Profile::antavo("st1"), key.parse().unwrap(), Secret::new(secret.to_owned()));
    let lines = [("Host", b"api.st1.antavo.com".as_slice())];
    let head = RequestHead::new("GET", "/customers/1234", Headers::lines(&lines));
    let signed = signer.sign(head, Payload::Absent, Timestamp::from_unix(1_794_225_600)).unwrap();
    let headers = [("Host", "api.st1.antavo.com")].into_iter().chain(signed.iter());
    let mut case = serde_json::json!({
        "name": "get", "source": "here", "scheme": "escher",
        "config": {
            "algo_prefix": "ANTAVO", "vendor_key": "Antavo", "hash_algo": "SHA256",
            "credential_scope": "st1/api/antavo_request", "auth_header_name": "Authorization",
            "date_header_name": "Date", "clock_skew_s": 300
        },
        "key_db": [[key, secret]],
        "now": 1_794_225_600,
        "request": {
            "method": "GET", "url": "/customers/1234", "headers": headers.collect::<Vec<_>>(), "body": ""
        },
        "expect": { "result": "accept", "key_id": key }
    });
    change(&mut case);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let text = case.to_string();
    let path = folder.join(format!("case-{}.json", MADE.fetch_add(1, Ordering::Relaxed)));
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_mismatch_fails_whichever_way_it_goes() {
    let passes = case(|_| {});
    assert_eq!(
        last(&judge(&["--check", passes.to_str().unwrap()])),
        ("1 passed, 0 failed, 0 unrepresentable".into(), true)
    );
    let wrong: [fn(&mut serde_json::Value); 4] = [
        |case| case["expect"]["result"] = "reject".into(),
        |case| case["request"]["url"] = "/customers/12345".into(),
        |case| case["expect"]["canonical_request"] = "GET".into(),
        |case| case["expect"]["key_id"] = "AN1EXAMPLEKEY000002".into(),
    ];
    for change in wrong {
        let fails = case(change);
        let found = last(&judge(&["--check", fails.to_str().unwrap()]));
        assert_eq!(found, ("0 passed, 1 failed, 0 unrepresentable".into(), false));
    }
}

#[test]
fn a_config_that_is_not_understood_is_an_error() {
    let unknown = case(|case| case["config"]["lenient_clock"] = true.into());
    let output = judge(&["--check", unknown.to_str().unwrap()]);
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("lenient_clock") && error.contains("get"), "{error}");
}
