#!/usr/bin/env bash
# Runs the signing snippets of docs/snippets at a fixed time: the languages have to print the same request a scheme, the
# judge (examples/judge) and the clients of scripts/interop.sh have to accept it.
#
#     scripts/snippets.sh      needs bash, openssl, python3, node and php; a language that is missing is skipped loudly,
#                              and a failure if KEYWARD_REQUIRE_ALL=1
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${CARGO_TARGET_DIR:-target}/snippets
rm -rf "$folder"
mkdir -p "$folder"
export NOW=1794225600
missing=0

run() {
  local program=$1 ending=$2 snippet name
  shift 2
  if ! command -v "$program" > /dev/null; then
    echo "SKIPPED: the snippets in *.$ending are not run, there is no $program"
    missing=1
    return 0
  fi
  for snippet in docs/snippets/*."$ending"; do
    name=$(basename "$snippet")
    PATH="$PWD/scripts/snippets:$PATH" "$program" "$@" "$snippet" > "$folder/$name.txt"
  done
}

run bash sh
run python3 py
run node js
run php php
python3 scripts/snippets/compare.py "$folder" "$NOW"
if [ -e examples/judge.rs ] || [ -d examples/judge ]; then
  cargo run --quiet --all-features --example judge -- --check "$folder/cases.jsonl"
else
  echo "there is no judge: the snippets were compared with one another and put to the clients"
fi
scripts/interop.sh reverse cat "$folder/cases.jsonl"
[ $missing = 0 ] || [ "${KEYWARD_REQUIRE_ALL:-}" != 1 ]
