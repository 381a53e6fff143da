//! Addresses: who called, the rules that admit addresses, and lists of such rules.

mod allowlist;
mod client;
mod codec;
mod rule;
mod set;

pub use allowlist::{Allowlist, InvalidLine, InvalidRules, RuleSet};
pub use client::{AddrSource, ClientAddr};
pub use rule::{InvalidRule, Rule, RuleProblem};
