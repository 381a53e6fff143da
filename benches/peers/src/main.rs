//! keyward beside its peers, class by class, in one process. `scripts/peers.sh` runs it all.
//!
//! ```text
//! keyward-peers [CLASS…] [--passes N] [--save]     measures; saved in results/
//! keyward-peers page                               writes docs/performance.md's tables and the chart from those
//! ```
#![allow(clippy::disallowed_methods, reason = "a measurement reads a clock")]

mod addresses;
mod chart;
mod heap;
mod hmac;
mod networks;
mod page;
mod random;
mod report;
mod rig;
mod saved;
mod store;
mod verdict;
mod world;

use std::{env, error::Error, process::ExitCode};

use report::Report;
use rig::Effort;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

/// The name that selects it, its heading, what measures it. Verification of signatures, beside
/// scratchstack-aws-signature, httpsig and standardwebhooks, is to be a class here too.
const CLASSES: [(&str, &str, fn(Effort) -> Report); 3] = [
    ("verdict", "Verdicts", verdict::measure),
    ("addresses", "Address lists", addresses::measure),
    ("store", "The store in memory", store::measure),
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
    let (mut wanted, mut save) = (Vec::new(), false);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--passes" => effort.passes = arguments.next().ok_or("a number behind --passes")?.parse()?,
            "--save" => save = true,
            "page" => return Ok(page::write(&CLASSES.map(|(name, heading, _)| (name, heading)))?),
            class if CLASSES.iter().any(|(name, ..)| *name == class) => wanted.push(argument),
            _ => {
                let names = CLASSES.map(|(name, ..)| name).join(", ");
                return Err(format!(
                    "unknown {argument:?}; write classes ({names}), --passes N, --save, or page"
                )
                .into());
            }
        }
    }
    for (name, heading, measure) in CLASSES {
        if wanted.is_empty() || wanted.iter().any(|class| class == name) {
            let report = measure(effort);
            println!("--- {heading}\n{report}");
            if save {
                saved::save(name, &report, effort.passes)?;
            }
        }
    }
    Ok(())
}
