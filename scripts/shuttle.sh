#!/usr/bin/env bash
# The races of keyward-cache, turn by turn. Shuttle decides whose turn it is at every lock and every atomic, those of the
# cache crate included, at random and by priorities that change at few places.
#
#     scripts/shuttle.sh                        2,000 runs of each kind a test
#     KEYWARD_SHUTTLE=200000 scripts/shuttle.sh more; a failure prints a schedule to replay
set -eu
cd "$(dirname "$0")/.."
export RUSTFLAGS="--cfg keyward_shuttle" CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/shuttle
cargo test --quiet --release -p keyward-cache --test shuttle
