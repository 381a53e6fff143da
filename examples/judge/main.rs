//! Judges signed requests: reads cases in the normal form and says what keyward makes of each.
//!
//! ```text
//! cargo run --example judge -- [--check | --sign | --asks] FILE..       `-` is standard input
//! ```
//!
//! A file is a JSON array of cases, or one case a line, of any scheme (`escher`, `sigv4`, `rfc9421`,
//! `standard_webhooks`). Prints one JSON object a line: name, verdict (`accept`, `reject` or `unrepresentable`), key id,
//! code. `--check` compares with what each case expects, canonical strings byte for byte; `--sign` signs anew what the
//! case has unsigned and compares with its published signature. Both end in `N passed, N failed, N unrepresentable` and
//! exit with 1 on any mismatch, a request that is accepted against expectation above all. A config with a field that is
//! not known is an error: what it asks for would not be judged.
//!
//! `--asks` reads what `scripts/interop/README.md` calls asks instead, and prints what this crate signs for each as a
//! case that others can judge: with `unsigned`, a sentence, where it signs nothing.

mod asks;
mod case;
mod config;
mod judge;
mod sign;

use std::{error::Error, fs, io::Read, process::ExitCode};

use case::Case;
use judge::Judged;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Tell,
    Check,
    Sign,
    Asks,
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    unrepresentable: usize,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut mode = Mode::Tell;
    let mut files = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--check" => mode = Mode::Check,
            "--sign" => mode = Mode::Sign,
            "--asks" => mode = Mode::Asks,
            "-" => files.push(argument),
            flag if flag.starts_with("--") => {
                return Err(format!("{flag:?} is no flag; see the top of examples/judge/main.rs").into());
            }
            _ => files.push(argument),
        }
    }
    if files.is_empty() {
        return Err("no file to judge; name one, or - for standard input".into());
    }
    let mut tally = Tally::default();
    for file in &files {
        let text = match file.as_str() {
            "-" => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text)?;
                text
            }
            path => fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?,
        };
        if mode == Mode::Asks {
            for ask in asks::read(&text).map_err(|error| format!("{file}: {error}"))? {
                println!("{}", ask.line()?);
            }
            continue;
        }
        for case in case::read(&text).map_err(|error| format!("{file}: {error}"))? {
            tell(&case, mode, &mut tally).map_err(|error| format!("{file}: {}: {error}", case.name))?;
        }
    }
    if matches!(mode, Mode::Tell | Mode::Asks) {
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} passed, {} failed, {} unrepresentable", tally.passed, tally.failed, tally.unrepresentable);
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(case: &Case, mode: Mode, tally: &mut Tally) -> Result<(), Box<dyn Error>> {
    let judged = match mode {
        Mode::Tell | Mode::Check | Mode::Asks => judge::judge(case)?,
        Mode::Sign => match sign::sign(case)? {
            Some(judged) => judged,
            None => return Ok(()),
        },
    };
    let mismatch = if mode == Mode::Check { judge::mismatch(case, &judged) } else { judged.mismatch.clone() };
    println!("{}", judged.line(&case.name, mismatch.as_deref()));
    match judged {
        Judged { verdict: None, .. } => tally.unrepresentable += 1,
        _ if mismatch.is_some() => tally.failed += 1,
        _ => tally.passed += 1,
    }
    Ok(())
}
