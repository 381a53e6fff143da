#!/usr/bin/env bash
# Licences, bans and sources of every dependency (deny.toml), of the fuzz targets' and the peers' too. Advisories are not checked: their
# database is fetched from the network on every run, which a check that has to give the same answer twice cannot do.
#
#     scripts/deny.sh              needs cargo-deny; skips loudly without, fails if KEYWARD_REQUIRE_ALL=1
set -eu
cd "$(dirname "$0")/.."
if ! cargo deny --version 2> /dev/null; then
  echo "SKIPPED: licences and sources are not checked, there is no cargo-deny"
  [ "${KEYWARD_REQUIRE_ALL:-}" = 1 ] && exit 1
  exit 0
fi
for manifest in Cargo.toml fuzz/Cargo.toml tests/no_std/Cargo.toml benches/peers/Cargo.toml; do
  echo "--- $manifest"
  cargo deny --manifest-path "$manifest" --config deny.toml --all-features --locked check bans licenses sources
done
