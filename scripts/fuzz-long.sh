#!/usr/bin/env bash
# Fuzzes every target for a while, by hand: scripts/fuzz-long.sh [seconds per target]
set -eu
cd "$(dirname "$0")/.."
KEYWARD_FUZZ_TARGETS=all KEYWARD_FUZZ_SECONDS=${1:-600} exec scripts/fuzz.sh
