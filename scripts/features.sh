#!/usr/bin/env bash
# Each feature alone and none: they only add, so each has to build by itself, and the tests that apply have to pass.
set -eu
cd "$(dirname "$0")/.."
for features in "" std os-rng serde http memory conformance; do
  echo "--- ${features:-none}"
  RUSTFLAGS="-D warnings" cargo check --quiet -p keyward --lib --no-default-features --features "$features"
done
cargo test --quiet -p keyward --no-default-features --lib --test access --test back_office --test catalogue --test credentials --test carriers --test networks --test proxies --test lint
cargo test --quiet -p keyward --lib --tests
