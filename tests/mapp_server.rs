//! `examples/mapp_server` as its callers meet it: a PHP program, a Python program and curl, over a socket.
#![cfg(unix)]

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// Killed whatever becomes of the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Starts the example on a port of the system's choice.
fn start(root: &Path) -> (Server, String) {
    let cargo = env!("CARGO");
    let arguments = ["--quiet", "--all-features", "--example", "mapp_server", "--message-format=json"];
    let built = Command::new(cargo).arg("build").args(arguments).current_dir(root).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    // Not `cargo run`: what is killed has to be the server.
    let told = String::from_utf8(built.stdout).unwrap();
    let artifacts = told.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mut programs = artifacts.filter_map(|line| line["executable"].as_str().map(str::to_owned));
    let program = programs.next_back().unwrap();
    let mut child = Command::new(program).stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let server = Server(child);
    let mut url = String::new();
    BufReader::new(output).read_line(&mut url).unwrap();
    (server, url.trim().to_owned())
}

#[test]
fn clients_in_three_languages_get_the_answers_of_the_transcript() {
    let missing: Vec<_> = ["curl", "php", "python3"].into_iter().filter(|program| !has(program)).collect();
    if !missing.is_empty() {
        assert!(env::var("KEYWARD_REQUIRE_ALL").as_deref() != Ok("1"), "missing: {missing:?}");
        eprintln!("SKIPPED: the XML API's clients are not run, there is no {}", missing.join(", no "));
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (_server, url) = start(root);
    let output = Command::new(root.join("scripts/mapp/run.sh")).arg(&url).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let transcript = String::from_utf8(output.stdout).unwrap();
    let file = root.join("tests/expected/mapp/transcript.txt");
    if env::var("KEYWARD_WRITE").as_deref() == Ok("1") {
        fs::write(&file, &transcript).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap();
    for (number, (line, wanted)) in transcript.lines().zip(expected.lines()).enumerate() {
        assert_eq!(line, wanted, "line {}", number + 1);
    }
    assert_eq!(transcript.len(), expected.len());
}
