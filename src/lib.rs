//! keyward gives any Rust service what the API tab of a good SaaS product gives its customers: API users with a key
//! and a once-revealed secret, access levels, address lists per user and per endpoint, and the strength of proof that
//! an endpoint demands.
//!
//! **It refuses to** read a clock, open a socket, spawn a task, keep global state or guess. Time and randomness are
//! arguments; storage is a trait. What cannot be read or decided is refused; a broken store is an error and never a
//! verdict. Logins, OAuth, rate limits, TLS and routing are not its business.
//!
//! ```text
//! RequestHead ─ Authorizer::present ─▶ Presented ─ key_id ─▶ [your store] ─▶ Option<Subject>
//!                                          │                                       │
//!                                          └──▶ Authorizer::authorize(.., &Ask) ◀──┘
//!                                                       │
//!                                        Ok(Verdict::Allow(Grant)) · Ok(Verdict::Deny(Denial)) · Err(Fault)
//! ```
//!
//! Start at [`Authorizer`]; with an async store, at [`Gate`]. [`Problem`] answers denials and faults. Credentials are made
//! by [`ApiUser::issue`], their [format](Vendor) is published, and [`Reveal`] is the one time that a secret is seen. Many
//! calls in one request are a [`Batch`]; [`Tally`] counts what was decided; what was refused goes to a [`Journal`] through a
//! [`CallRecord`].
//!
//! # Features
//! `std` and `os-rng` (on by default), `serde`, `http`, `memory`, `mapp`, `tracing`, `conformance`. All only add. Without `std` the crate needs `alloc`.

#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::print_stdout,
        clippy::print_stderr
    )
)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod access;
mod account;
mod batch;
mod body;
#[cfg(feature = "conformance")]
pub mod conformance;
mod credential;
mod decided;
mod decision;
mod encoding;
mod engine;
mod entropy;
mod gate;
mod id;
mod journal;
mod mac;
#[cfg(feature = "mapp")]
pub mod mapp;
#[cfg(feature = "memory")]
mod memory;
mod network;
mod policy;
mod presented;
mod record;
mod reply;
mod request;
mod secret;
mod signature;
mod slot;
mod store;
mod subject;
#[cfg(keyward_taint)]
#[doc(hidden)]
pub mod taint;
#[cfg(target_has_atomic = "64")]
mod tally;
mod text;
mod time;
#[cfg(feature = "tracing")]
mod trace;
mod user;

pub use access::{
    AccessLevel, Catalogue, CatalogueBuilder, Deprecation, Integration, InvalidCatalogue, Lifecycle,
    MethodId, MethodNames, Routes, Uncovered, Wanted,
};
pub use account::{Account, AccountEdit, Change, Edited, InvalidEdit, Withheld};
pub use batch::{Batch, BatchCall, CallOutcome, MAX_CALLS, OnError, Results, Turn};
pub use body::{BodyDigest, BodyHasher, BodyNeed, HashAlg, Payload};
pub use credential::{
    Act, ActKind, By, Found, ImportError, Imported, InvalidKey, InvalidVendor, Keep, KeyRing, MAX_SECRET,
    NamedKey, Pepper, Reveal, Revealed, SCANNER_EXPRESSION, Schemes, SealingKey, Unopened, Vendor, scan,
};
pub use decided::Decided;
pub use decision::{Code, Denial, Fault, Finding, Findings, OperatorFace, PublicFace, Stage};
pub use engine::{
    Admission, AdmitStep, Admitted, Ask, Authorizer, Check, Explanation, Grant, Outcome, Step, Unclaimed,
    UnclaimedAdmission, Verdict,
};
#[cfg(feature = "os-rng")]
pub use entropy::OsEntropy;
pub use entropy::{Entropy, EntropyError};
pub use gate::Gate;
pub use id::{AccountId, IntegrationId, InvalidId, KeyId, RequestId, UserId};
pub use journal::{
    CallRecord, CallSource, Content, InvalidCursor, InvalidField, Journal, JournalCursor, JournalEntry,
    JournalPage, JournalPart, JournalQuery, KeyedDigest, Needles, Recording, RedactionKey, Redactor, Shown,
};
#[cfg(feature = "std")]
pub use journal::{DeprecatedUse, DeprecatedUses, Drain, LastUsed, MemoryJournal, Recorder};
#[cfg(feature = "memory")]
pub use memory::{ClaimFailed, MemoryReplay, MemoryStore};
pub use network::{
    AddrSource, AddressSet, Allowlist, ClientAddr, Forwarding, InvalidLine, InvalidRule, InvalidRules, Lint,
    Local, MAX_FORWARDING, MAX_HOPS, Rule, RuleIndex, RuleProblem, RuleSet, TrustedProxies,
};
pub use policy::{Mode, ModulePolicy, Policy, Presigned, Replay, Strength};
pub use presented::{Accept, Presented};
pub use record::CorruptRecord;
pub use reply::{AntavoErrors, Challenge, InvalidChallenge, Problem, Render, Reply};
pub use request::{Headers, MAX_HEADER_LINES, RequestHead};
pub use secret::Secret;
pub use signature::{
    Canonical, Cause, Claim, Clue, Delivery, Diagnosis, Difference, EscherText, Flaw, InvalidWebhookSecret,
    MessageProfile, MessageSignError, MessageSignature, MessageSigner, Profile, Rejected, ReplayKey,
    SignError, SignedHeaders, Signer, Verified, Verifier, Webhook, WebhookError, WebhookHeaders,
    WebhookSecret,
};
pub use store::{
    Changed, DynLookup, ErasedLookup, Follower, Insert, Lookup, LookupFailed, Mark, NoGuard, NoReplayGuard,
    Refusal, Registry, ReplayGuard, Stop, Write,
};
pub use subject::Subject;
#[cfg(target_has_atomic = "64")]
pub use tally::Tally;
pub use time::Timestamp;
#[cfg(feature = "tracing")]
pub use trace::trace;
pub use user::{
    AccountLint, ApiUser, Credential, Deleted, InvalidName, IssueError, LastUse, Life, ListNeeded,
    MAX_IMPORTS, MAX_LIVE, MAX_OVERLAP, MAX_WEAK, Obstacle, Origin, Reach, Rehash, ResealError, RuleOrigin,
    UnknownKey, UserLint, WhatStops,
};

#[cfg(all(doctest, feature = "std", feature = "os-rng"))]
#[doc = include_str!("../README.md")]
struct Readme;
