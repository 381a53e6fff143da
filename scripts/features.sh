#!/usr/bin/env bash
# Each feature alone, none, and each two together: they only add, so each has to build by itself, and the tests that
# apply have to pass. With cargo-hack, which reads the features from the manifest; without it by a list, alone and none.
set -eu
cd "$(dirname "$0")/.."
export RUSTFLAGS="-D warnings"
if cargo hack --version 2> /dev/null; then
  cargo hack check --quiet -p keyward --lib --feature-powerset --depth 2
else
  echo "there is no cargo-hack: features are not tried in pairs"
  for features in "" std os-rng serde http memory conformance mapp tracing; do
    echo "--- ${features:-none}"
    cargo check --quiet -p keyward --lib --no-default-features --features "$features"
  done
fi
unset RUSTFLAGS
cargo test --quiet -p keyward --no-default-features --lib --test access --test back_office --test catalogue --test credentials --test carriers --test networks --test proxies --test lint
cargo test --quiet -p keyward --lib --tests
