#!/usr/bin/env bash
# The README's first command: by the clock, and with fixed keys and time against what is expected.
set -eu
cd "$(dirname "$0")/.."
cargo run --quiet --example quickstart > /dev/null
cargo run --quiet --example quickstart -- --fixed | diff - tests/expected/quickstart.txt
echo "the main job runs and prints what is expected"
