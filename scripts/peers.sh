#!/usr/bin/env bash
# Measures keyward beside its peers, and writes what came out into docs/performance.md and docs/performance.svg. About
# eight minutes, on a machine that does nothing else.
#
#     scripts/peers.sh                          all classes
#     scripts/peers.sh verdict store            some of verdict, addresses, store, signatures; the others keep their figures
#     RUNS=3 scripts/peers.sh verdict           a quick look; the page says how many passes it was
set -eu
cd "$(dirname "$0")/.."
peers=benches/peers
target=${CARGO_TARGET_DIR:-$PWD/$peers/target}
cargo build --release --locked --target-dir "$target/bare" --manifest-path $peers/bare/Cargo.toml
cargo build --release --locked --target-dir "$target" --manifest-path $peers/Cargo.toml
export KEYWARD_BARE_HMAC=$target/bare/release/keyward-bare-hmac

# A process a pass: what lies where in memory differs from process to process, and the quietest counts. A class that is
# done is kept, whatever becomes of the next.
[ $# -gt 0 ] || set -- verdict addresses store signatures
for class in "$@"; do
  keep=--save
  for run in $(seq "${RUNS:-11}"); do
    "$target/release/keyward-peers" "$class" --passes 1 $keep > "$target/$class.txt"
    keep=--add
  done
  cat "$target/$class.txt"
done
"$target/release/keyward-peers" page
