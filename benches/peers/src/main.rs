//! keyward beside its peers, class by class, in one process. `scripts/peers.sh` runs it all.
//!
//! ```text
//! keyward-peers [CLASS…] [--passes N]
//! ```
#![allow(clippy::disallowed_methods, reason = "a measurement reads a clock")]

mod heap;
mod hmac;
mod random;
mod report;
mod rig;
mod verdict;
mod world;

use std::{env, process::ExitCode};

use report::Report;
use rig::Effort;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

/// By the name that selects it.
const CLASSES: [(&str, fn(Effort) -> Report); 1] = [("verdict", verdict::measure)];

fn main() -> ExitCode {
    let (mut effort, mut wanted) = (Effort { passes: 11, rounds: 21 }, Vec::new());
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--passes" {
            let Some(passes) = arguments.next().and_then(|text| text.parse().ok()) else { return usage() };
            effort.passes = passes;
        } else if CLASSES.iter().any(|(name, _)| *name == argument) {
            wanted.push(argument);
        } else {
            return usage();
        }
    }
    for (name, measure) in
        CLASSES.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|w| w == name))
    {
        println!("--- {name}\n{}", measure(effort));
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    let names = CLASSES.map(|(name, _)| name).join(", ");
    eprintln!("write classes ({names}; all without any) and perhaps --passes N");
    ExitCode::FAILURE
}
