#!/usr/bin/env bash
# The documentation, without a broken link or a missing item.
set -eu
cd "$(dirname "$0")/.."
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps
