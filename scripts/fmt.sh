#!/usr/bin/env bash
# Formatting, of what stands outside the workspace too.
set -eu
cd "$(dirname "$0")/.."
cargo fmt --all --check
cargo fmt --manifest-path tests/no_std/Cargo.toml --check
cargo fmt --manifest-path fuzz/Cargo.toml --check
