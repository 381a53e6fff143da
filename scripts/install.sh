#!/usr/bin/env bash
# What the tests and checks need beyond Rust and a C compiler: valgrind and Python, Debian packages both.
set -eu
cd "$(dirname "$0")/.."
missing=()
for program in valgrind python3; do
  command -v "$program" > /dev/null || missing+=("$program")
done
if [ "${#missing[@]}" -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"
fi
rustc --version
valgrind --version
python3 --version
cargo fetch --locked
