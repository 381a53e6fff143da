#!/usr/bin/env bash
# Formatting, of what stands outside the workspace too.
set -eu
cd "$(dirname "$0")/.."
cargo fmt --all --check
for manifest in tests/no_std/Cargo.toml fuzz/Cargo.toml benches/peers/Cargo.toml benches/peers/bare/Cargo.toml; do
  cargo fmt --manifest-path "$manifest" --check
done
# What a merge leaves behind, in any file.
if git grep -nE '^(<<<<<<<|>>>>>>>)( |$)'; then
  echo "a merge was not finished there"
  exit 1
fi
