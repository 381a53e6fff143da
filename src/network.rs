//! Addresses: who called, the rules that admit addresses, and lists of such rules.

mod allowlist;
mod client;
mod codec;
mod forwarded;
mod grammar;
mod hop;
mod index;
mod lint;
mod problem;
mod proxies;
mod rule;
mod set;
mod span;
mod table;
mod text;

pub use allowlist::{Allowlist, RuleSet};
pub use client::{AddrSource, ClientAddr};
pub use index::RuleIndex;
pub use lint::{Lint, Local};
pub use problem::{InvalidRule, RuleProblem};
pub use proxies::{Forwarding, MAX_FORWARDING, MAX_HOPS, TrustedProxies};
pub use rule::Rule;
pub use set::AddressSet;
pub use text::{InvalidLine, InvalidRules};
