//! What operations take, theme by theme, to be compared from change to change:
//!
//! ```console
//! $ cargo bench                                   # all
//! $ cargo bench -- networks/                      # a theme, or any part of a name
//! $ cargo bench -- --save-baseline before         # and behind a change: --baseline before
//! ```
//!
//! How keyward stands beside other crates is measured in benches/peers.

mod access;
mod batch;
mod networks;
mod redact;
mod replies;
mod signatures;
mod store;
mod verdict;
mod world;
mod xml;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    themes,
    verdict::all,
    batch::all,
    networks::all,
    access::all,
    store::all,
    signatures::all,
    replies::all,
    xml::all,
    redact::all
);
criterion_main!(themes);
