#!/usr/bin/env bash
# Lints as errors: everything with all features, and the library with none and with the default ones.
set -eu
cd "$(dirname "$0")/.."
cargo clippy --workspace --all-targets --all-features -- -D warnings
cargo clippy -p keyward --lib --no-default-features -- -D warnings
cargo clippy -p keyward --all-targets -- -D warnings
# What scripts/taint.sh builds is there under its cfg alone.
RUSTFLAGS="--cfg keyward_taint" cargo clippy -p keyward-taint -- -D warnings
# And the races that scripts/shuttle.sh explores.
RUSTFLAGS="--cfg keyward_shuttle" cargo clippy -p keyward-cache --all-targets -- -D warnings
for manifest in fuzz/Cargo.toml benches/peers/Cargo.toml benches/peers/bare/Cargo.toml; do
  cargo clippy --manifest-path "$manifest" --all-targets -- -D warnings
done
