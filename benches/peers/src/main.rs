//! keyward beside its peers, class by class, in one process. `scripts/peers.sh` runs it all.
//!
//! ```text
//! keyward-peers [CLASS…] [--passes N] [--save | --add]     measures; saves in results/, or adds to what is there
//! keyward-peers page                                       writes docs/performance.md's tables and chart from those
//! ```
#![allow(clippy::disallowed_methods, reason = "a measurement reads a clock")]

mod addresses;
mod bar;
mod chart;
mod claims;
mod heap;
mod hmac;
mod messages;
mod networks;
mod page;
mod random;
mod report;
mod rig;
mod saved;
mod signatures;
mod signed;
mod store;
mod verdict;
mod world;

use std::{env, error::Error, process::ExitCode};

use bar::Bars;
use page::Class;
use report::Report;
use rig::Effort;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

type Measure = fn(&mut Report, Effort);

/// Each with what measures it.
const CLASSES: [(Class, Measure); 4] = [
    (("verdict", "Verdicts", verdict::bars), verdict::measure),
    (("addresses", "Address lists", addresses::bars), addresses::measure),
    (("store", "The store in memory", store::bars), store::measure),
    (("signatures", "Signatures", signatures::bars), signatures::measure),
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut effort = Effort { passes: 11, rounds: 21, batch: 2e6 };
    let (mut wanted, mut keep) = (Vec::new(), Keep::Nothing);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--passes" => effort.passes = arguments.next().ok_or("a number behind --passes")?.parse()?,
            "--save" => keep = Keep::Anew,
            "--add" => keep = Keep::Added,
            "page" => return Ok(page::write(&CLASSES.map(|(class, _)| class))?),
            class if CLASSES.iter().any(|((name, ..), _)| *name == class) => wanted.push(argument),
            _ => {
                let names = CLASSES.map(|((name, ..), _)| name).join(", ");
                let write = format!("write classes ({names}), --passes N, --save or --add; or page");
                return Err(format!("unknown {argument:?}; {write}").into());
            }
        }
    }
    for ((name, heading, hold), measure) in CLASSES {
        if wanted.is_empty() || wanted.iter().any(|class| class == name) {
            let mut report = Report { passes: effort.passes, ..Report::default() };
            measure(&mut report, effort);
            let before = if keep == Keep::Added { saved::load(name) } else { None };
            if let Some((_, before)) = before {
                report = report.merged(&before);
            }
            if keep != Keep::Nothing {
                saved::save(name, &report)?;
            }
            let mut bars = Bars::over(&report);
            hold(&mut bars);
            println!("--- {heading}, {} passes\n{report}{bars}", report.passes);
        }
    }
    Ok(())
}

/// What is done with what is measured, besides printing it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Nothing,
    /// In place of what was saved before.
    Anew,
    /// Merged with it.
    Added,
}
