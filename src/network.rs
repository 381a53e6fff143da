//! Addresses: who called, the rules that admit addresses, and lists of such rules.

mod allowlist;
mod client;
mod codec;
mod grammar;
mod problem;
mod rule;
mod set;
mod span;
mod table;

pub use allowlist::{Allowlist, InvalidLine, InvalidRules, RuleSet};
pub use client::{AddrSource, ClientAddr};
pub use problem::{InvalidRule, RuleProblem};
pub use rule::Rule;
pub use set::AddressSet;
