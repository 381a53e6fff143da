#!/usr/bin/env bash
# Every benchmark once, without measuring: that it builds, and that what it asserts about its subject holds.
set -eu
cd "$(dirname "$0")/.."
cargo bench -- --test
