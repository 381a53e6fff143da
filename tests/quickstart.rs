//! The main job prints what it is expected to print, and decides the requests of any folder; a store of one's own is
//! short.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn quickstart(arguments: &[&str]) -> Output {
    run("quickstart", arguments)
}

/// With the default features, as the README has it, whatever this test was built with.
fn run(example: &str, arguments: &[&str]) -> Output {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--example", example, "--"]).args(arguments).current_dir(root());
    command.output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_fixed_run_prints_the_expected_story() {
    let expected = fs::read_to_string(root().join("tests/expected/quickstart.txt")).unwrap();
    let printed = printed(&quickstart(&["--fixed"]));
    for (number, (line, wanted)) in printed.lines().zip(expected.lines()).enumerate() {
        assert_eq!(line, wanted, "line {}", number + 1);
    }
    assert_eq!(printed.len(), expected.len());
}

#[test]
fn every_run_has_secrets_of_its_own() {
    let runs = [printed(&quickstart(&[])), printed(&quickstart(&[]))];
    let secrets: Vec<Vec<&str>> =
        runs.iter().map(|run| run.lines().filter(|line| line.contains(" secret kws1_")).collect()).collect();
    assert_eq!([secrets[0].len(), secrets[1].len()], [5, 5]);
    assert!(secrets[0].iter().all(|secret| !secrets[1].contains(secret)));
    for run in &runs {
        for line in run.lines().filter(|line| line.contains(" secret kws1_")) {
            let secret = line.trim().trim_start_matches("secret ");
            assert_eq!(run.matches(secret).count(), 1, "shown once");
        }
    }
}

#[test]
fn a_folder_of_ones_own_is_decided() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("requests-of-ones-own");
    fs::create_dir_all(&folder).unwrap();
    let head = "host: x\r\nauthorization: Bearer {{token:checkout}}\r\n\r\n";
    fs::write(folder.join("mine@127.0.0.2.http"), format!("POST /events HTTP/1.1\r\n{head}")).unwrap();
    fs::write(folder.join("no-peer.http"), format!("GET /wallet HTTP/1.1\r\n{head}")).unwrap();
    fs::write(folder.join("torn.http"), "GET /wal").unwrap();
    let printed = printed(&quickstart(&[folder.to_str().unwrap()]));
    assert!(printed.contains("3 requests come in"));
    for row in [
        "mine                               allow",
        "no peer                            deny    403 access.module",
    ] {
        assert!(printed.contains(row), "{row}\n{printed}");
    }
    assert!(printed.contains("the request ends before its head does"));
    fs::write(folder.join("nobody.http"), "GET / HTTP/1.1\r\nx-api-key: {{key:nobody}}\r\n\r\n").unwrap();
    let output = quickstart(&[folder.to_str().unwrap()]);
    fs::remove_file(folder.join("nobody.http")).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("a placeholder that stands for nothing; write one of {{key:NAME}}"), "{said}");
    assert!(said.contains("backoffice, checkout, checkout-old, crm-sync, partner"), "{said}");
}

/// A captured request under another name, its body framed or cut otherwise.
fn signed(folder: &Path, name: &str, change: impl Fn(&str) -> String) {
    let captured =
        root().join("examples/requests/signed/06-python-sigv4-issue-coupon@127.0.0.1@1795348800.http");
    let text = fs::read_to_string(captured).unwrap();
    fs::write(folder.join(name), change(&text)).unwrap();
}

#[test]
fn signed_requests_of_ones_own_are_decided_with_their_bodies_at_their_moment() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("signed-requests-of-ones-own");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("signed")).unwrap();
    let chunked = |text: &str| {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let head = head.replace("Content-Length: 37", "Transfer-Encoding: chunked");
        format!("{head}\r\n\r\n5;a=b\r\n{}\r\n20\r\n{}\r\n0\r\n\r\n", &body[..5], &body[5..])
    };
    signed(&folder, "at-its-moment@127.0.0.1@1795348800.http", str::to_owned);
    signed(&folder, "by-the-clock@127.0.0.1.http", str::to_owned);
    signed(&folder, "in-chunks@127.0.0.1@1795349000.http", chunked);
    signed(&folder, "torn-in-chunks@127.0.0.1@1795348800.http", |text| {
        chunked(text).strip_suffix("0\r\n\r\n").unwrap().to_owned()
    });
    signed(&folder, "torn-body@127.0.0.1@1795348800.http", |text| text[..text.len() - 1].to_owned());
    signed(&folder, "too-late@127.0.0.1@1795349101.http", str::to_owned);
    signed(&folder.join("signed"), "of-the-folder@127.0.0.1@1795348800.http", str::to_owned);
    let printed = printed(&quickstart(&[folder.to_str().unwrap()]));
    assert!(printed.contains("6 requests come in") && printed.contains("1 more come in"), "{printed}");
    for row in [
        "at its moment                      allow",
        "by the clock                       deny    401 signature.clock",
        // The same request: the framing is not signed.
        "in chunks                          deny    401 signature.replayed",
        "torn in chunks                     none\n       the request ends before its body does",
        "torn body                          none\n       the request ends before its body does",
        "too late                           deny    401 signature.clock",
        "of the folder                      allow",
    ] {
        assert!(printed.contains(row), "{row}\n{printed}");
    }
    signed(&folder, "when@127.0.0.1@noon.http", str::to_owned);
    let output = quickstart(&[folder.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("no second of Unix time behind the address; write a@192.0.2.1@1795348800.http"),
        "{said}"
    );
}

#[test]
fn a_wrong_argument_says_what_to_write() {
    for (arguments, sentence) in [
        (["--help"], "unknown option; write --fixed, a folder, or both"),
        (["no/such/folder"], "folder no/such/folder: "),
    ] {
        let output = quickstart(&arguments);
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains(sentence));
    }
}

#[test]
fn a_store_of_ones_own_takes_less_than_sixty_lines() {
    assert_eq!(printed(&run("custom_store", &[])), "welcome checkout\n");
    let text = fs::read_to_string(root().join("examples/custom_store.rs")).unwrap();
    assert!(text.lines().count() < 60, "{}", text.lines().count());
}
