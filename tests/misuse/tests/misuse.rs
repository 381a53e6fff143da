//! Guards the promise that a wrong program does not compile, and says why; the right one beside them does.
//!
//! The snapshots hold the words of one compiler. To renew them: `TRYBUILD=overwrite cargo test -p keyward-misuse`.

use std::{
    env, fs,
    io::{Write, stderr},
    path::{Path, PathBuf},
    process::Command,
};

/// The stable release whose words the snapshots hold.
const PINNED: &str = "1.95";

#[test]
fn wrong_programs_do_not_compile_and_the_right_one_does() {
    let compiler = compiler();
    if !is_pinned(&compiler) {
        return skip(&format!("the snapshots are pinned to rustc {PINNED}, and this is {compiler}"));
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("cases/*.rs");
    cases.pass("cases/pass/*.rs");
}

/// A program that fails for a second reason would go on failing after the first is gone.
#[test]
fn each_wrong_program_has_exactly_one_error() {
    let cases = cases();
    assert!(!cases.is_empty(), "no cases");
    for case in cases {
        let snapshot =
            fs::read_to_string(case.with_extension("stderr")).expect("a snapshot beside each case");
        let errors = snapshot.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, 1, "{}", case.display());
    }
}

#[test]
fn only_the_pinned_stable_release_counts() {
    assert!(is_pinned("rustc 1.95.0 (59807616e 2026-04-14)"));
    for other in ["rustc 1.95.0-beta.3", "rustc 1.95.0-nightly", "rustc 1.96.0", "rustc 1.9.5", ""] {
        assert!(!is_pinned(other), "{other}");
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let entries =
        fs::read_dir(folder).expect("the folder of cases").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    match Command::new(rustc).arg("--version").output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(error) => format!("unknown ({error})"),
    }
}

fn is_pinned(compiler: &str) -> bool {
    let release = compiler.strip_prefix("rustc ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    release.strip_prefix(PINNED).is_some_and(|patch| patch.starts_with('.')) && !release.contains('-')
}

/// Straight to stderr: what `eprintln!` says in a passing test is swallowed.
fn skip(reason: &str) {
    assert!(env::var_os("KEYWARD_REQUIRE_ALL").is_none_or(|value| value != "1"), "not run: {reason}");
    writeln!(stderr(), "SKIPPED: misuse: {reason}").expect("stderr");
}
