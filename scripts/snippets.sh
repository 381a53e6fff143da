#!/usr/bin/env bash
# Runs the signing snippets of docs/snippets at a fixed time: every language has to print the request that docs/signing.md
# shows; the judge (examples/judge) and the clients of scripts/interop.sh have to accept it.
#
#     scripts/snippets.sh      needs bash, openssl, python3, node, php (scripts/install.sh) and cargo; a language that is
#                              missing is skipped loudly, and a failure if KEYWARD_REQUIRE_ALL=1
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
folder=$target/snippets
rm -rf "$folder"
mkdir -p "$folder"
export NOW=1794225600
missing=0

run() {
  local program=$1 ending=$2 snippet
  shift 2
  if ! command -v "$program" > /dev/null; then
    echo "SKIPPED: the snippets in *.$ending are not run, there is no $program"
    missing=1
    return 0
  fi
  for snippet in docs/snippets/*."$ending"; do
    PATH="$PWD/scripts/snippets:$PATH" "$program" "$@" "$snippet" > "$folder/$(basename "$snippet").txt"
  done
}

start=$SECONDS
examples=(--example judge)
for snippet in docs/snippets/*.rs; do
  examples+=(--example "sign_$(basename "$snippet" .rs)")
done
cargo build --quiet --all-features "${examples[@]}"
for snippet in docs/snippets/*.rs; do
  "$target/debug/examples/sign_$(basename "$snippet" .rs)" > "$folder/$(basename "$snippet").txt"
done
built=$SECONDS
if command -v openssl > /dev/null; then
  run bash sh
else
  echo "SKIPPED: the snippets in *.sh are not run, there is no openssl"
  missing=1
fi
run python3 py
run node js
run php php
python3 scripts/snippets/compare.py "$folder" "$NOW"
"$target/debug/examples/judge" --check - < "$folder/cases.jsonl"
ran=$SECONDS
scripts/interop.sh reverse cat "$folder/cases.jsonl"
echo "snippets: $((built - start)) s to build, $((ran - built)) s to run and judge, $((SECONDS - ran)) s for the clients"
if [ $missing = 1 ] && [ "${KEYWARD_REQUIRE_ALL:-}" = 1 ]; then
  echo "a language was skipped; run scripts/install.sh"
  exit 1
fi
