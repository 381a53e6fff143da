#!/usr/bin/env bash
# Four instances on one PostgreSQL verify as fast as they can while 500 users are renamed, rotated, revoked, shut out, disabled,
# deleted and made again at random; meanwhile feeds are cut, the server is killed, stopped and locked, and clocks are set. Says
# what was accepted later than the bound, and what was refused though good: neither may be.
#
#     scripts/proof.sh             ten minutes
#     scripts/proof.sh SECONDS
#
# Needs PostgreSQL 15; without it skips loudly, and fails if KEYWARD_REQUIRE_ALL=1. Half a minute of it is a test:
# cargo test -p keyward-instances
set -eu
cd "$(dirname "$0")/.."
cargo build --quiet --release -p keyward-instances --bins
exec cargo run --quiet --release -p keyward-instances --bin proof -- "${1:-600}"
