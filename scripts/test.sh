#!/usr/bin/env bash
# The README's very command.
set -eu
cd "$(dirname "$0")/.."
cargo test --workspace --all-features
