#!/usr/bin/env bash
# Every benchmark once, without measuring: that it builds, and that what it asserts about its subject holds. And the tests
# of what measures the peers (scripts/peers.sh): its verdicts on figures, its reference, its yardstick.
set -eu
cd "$(dirname "$0")/.."
cargo bench -- --test
cargo test --quiet --locked --manifest-path benches/peers/Cargo.toml
