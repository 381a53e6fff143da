//! `examples/sign_request.rs`, run as a user runs it; a shell reads its command, and a verifier the request in it.
#![cfg(unix)]

use std::process::{Command, Output};

use keyward::{Headers, MessageProfile, Payload, Profile, RequestHead, Timestamp, Verifier};

const SECRET: &str = "Not+A/Real-Secret$(echo)'\"1234567890";
const AT: &str = "1795348800";

fn example(secret: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["run", "--quiet", "--all-features", "--example", "sign_request", "--"]).args(arguments);
    command.env_remove("KEYWARD_SECRET");
    if let Some(secret) = secret {
        command.env("KEYWARD_SECRET", secret);
    }
    command.output().unwrap()
}

/// The words that a shell hands to curl.
fn words(command: &str) -> Vec<String> {
    let script = format!("curl() {{ for word; do printf '%s\\0' \"$word\"; done; }}\n{command}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.strip_suffix('\0').unwrap().split('\0').map(str::to_owned).collect()
}

/// Whether a verifier takes the request that the command sends.
fn verifies(verifier: &Verifier, command: &str, target: &str, body: &[u8]) -> bool {
    let words = words(command);
    let behind = |flag: &str| words.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1].clone());
    let lines: Vec<_> = words
        .windows(2)
        .filter(|pair| pair[0] == "--header" && pair[1] != "Content-Type:")
        .map(|pair| pair[1].split_once(": ").unwrap())
        .map(|(name, value)| (name, value.as_bytes()))
        .collect();
    assert_eq!(behind("--url").unwrap(), format!("https://api.example.test{target}"));
    let method = behind("--request").unwrap();
    let head = RequestHead::new(&method, target, Headers::lines(&lines)).scheme("https");
    let now = Timestamp::from_unix(AT.parse().unwrap());
    verifier.verify(head, Payload::Bytes(body), now, |_| Some(SECRET)).is_ok()
}

fn printed(arguments: &[&str]) -> (String, String) {
    let output = example(Some(SECRET), arguments);
    let (command, explained) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{explained}");
    for piece in SECRET.as_bytes().windows(9).map(|piece| std::str::from_utf8(piece).unwrap()) {
        assert!(!command.contains(piece) && !explained.contains(piece));
    }
    (command, explained)
}

#[test]
fn the_printed_command_sends_a_request_that_verifies() {
    let verifier = Verifier::new()
        .profile(Profile::antavo("st1"))
        .profile(Profile::aws("eu-west-1", "orders"))
        .messages(MessageProfile::new())
        .authorities(["api.example.test"]);
    let body = "it's \"$HOME\" $(exit 1) `exit 1` \\ !\n@end";
    let target = "/a%20b?b=1&a=%27";
    let url = format!("https://api.example.test:443{target}#part");
    for scheme in ["antavo:st1", "aws:eu-west-1/orders", "rfc9421"] {
        let (command, explained) = printed(&[
            scheme,
            "KEY1",
            "POST",
            &url,
            "-H",
            "Content-Type: text/plain; charset='x'",
            "--header",
            "X-Tag:  it's $1 ",
            "--body",
            body,
            "--at",
            AT,
        ]);
        assert!(!explained.contains("--- headers"), "nothing is explained unasked");
        assert!(verifies(&verifier, &command, target, body.as_bytes()), "{scheme}: {command}");
        assert!(!verifies(&verifier, &command, target, b"another"), "{scheme}");
        let words = words(&command);
        assert_eq!(words.iter().rev().nth(2).map(String::as_str), Some(body), "{words:?}");
        assert!(words.contains(&"X-Tag: it's $1".to_owned()), "{words:?}");
    }
}

#[test]
fn what_was_made_on_the_way_is_explained() {
    let url = "https://api.example.test/customers?b=1&a=2";
    let (command, explained) = printed(&["--explain", "antavo:st1", "KEY1", "GET", url, "--at", AT]);
    assert!(
        command.starts_with("curl --path-as-is --globoff --request 'GET' --header 'Host: api.example.test'")
    );
    assert!(explained.contains("bytes\nGET\n/customers\na=2&b=1\ndate:20261122T120000Z\n"), "{explained}");
    assert!(
        explained.contains("bytes\nANTAVO-HMAC-SHA256\n20261122T120000Z\n20261122/st1/api/antavo_request\n")
    );
    let (_, explained) =
        printed(&["--explain", "rfc9421", "KEY1", "GET", url, "--at", AT, "--nonce", "once"]);
    assert!(
        explained.contains("\"@query\": ?b=1&a=2\n") && explained.contains(";nonce=\"once\""),
        "{explained}"
    );
}

#[test]
fn what_cannot_be_signed_or_sent_is_refused_with_a_sentence() {
    let url = "https://api.example.test/";
    for (secret, arguments, said) in [
        (None, vec!["antavo:st1", "KEY1", "GET", url], "KEYWARD_SECRET is not set"),
        (Some(SECRET), vec!["antavo:st1", "KEY1", "GET"], "a scheme, a key, a method and a URL are needed"),
        (Some(SECRET), vec!["other", "KEY1", "GET", url], "\"other\" is no scheme"),
        (Some(SECRET), vec!["antavo:st1", "KEY1", "GET", "https://u:p@api.example.test/"], "leave out user"),
        (Some(SECRET), vec!["antavo:st1", "KEY1", "GET", "ftp://api.example.test/"], "not http(s)"),
        (
            Some(SECRET),
            vec!["antavo:st1", "KEY1", "GET", url, "-H", "X-A: b\nX-C: d"],
            "a header with characters",
        ),
        (Some(SECRET), vec!["antavo:st1", "KEY1", "GET", url, "-H", "@file: x"], "a header with characters"),
        (Some(SECRET), vec!["antavo:st1", "KEY1", "G T", url], "a method with characters"),
        (Some(SECRET), vec!["antavo:st1", "KEY1", "GET", url, "--secret", "x"], "\"--secret\" is no flag"),
        (Some(SECRET), vec!["antavo:st1", "KEY1", "GET", url, "--nonce", "x"], "only rfc9421 has nonces"),
    ] {
        let output = example(secret, &arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{arguments:?}");
        assert!(text.contains(said), "{arguments:?}: {text}");
    }
}
