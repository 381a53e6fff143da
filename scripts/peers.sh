#!/usr/bin/env bash
# Measures keyward beside its peers, and writes what came out into docs/performance.md and docs/performance.svg. About
# five minutes, on a machine that does nothing else.
#
#     scripts/peers.sh                          all classes
#     scripts/peers.sh verdict store            some of verdict, addresses, store; the others keep their figures
#     PASSES=3 scripts/peers.sh verdict         a quick look; the page says how many passes it was
set -eu
cd "$(dirname "$0")/.."
peers=benches/peers
target=${CARGO_TARGET_DIR:-$PWD/$peers/target}
cargo build --release --locked --target-dir "$target/bare" --manifest-path $peers/bare/Cargo.toml
cargo build --release --locked --target-dir "$target" --manifest-path $peers/Cargo.toml
export KEYWARD_BARE_HMAC=$target/bare/release/keyward-bare-hmac

# One process a class: what one leaves on the heap is nothing to the next, and a class that is done is kept.
[ $# -gt 0 ] || set -- verdict addresses store
for class in "$@"; do
  "$target/release/keyward-peers" "$class" --save --passes "${PASSES:-11}"
done
"$target/release/keyward-peers" page
