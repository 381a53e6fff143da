#!/usr/bin/env bash
# Signed requests between us and the clients that others use: escherauth, escher-auth, botocore, @smithy/signature-v4,
# http-message-signatures and standardwebhooks, the last two in Python and JavaScript each.
#
#     scripts/interop.sh                   the seeds of scripts/interop/seeds.txt
#     scripts/interop.sh --seed random     a new one, printed; or --seed TEXT
#     scripts/interop.sh reverse CMD...    only what CMD prints: requests that we signed, JSON lines of the normal form
#     scripts/interop.sh vectors           writes tests/vectors/*.jsonl anew; --check compares instead
#
# Each client signs the same random requests; each gets one change besides; the clients' own verifiers say what is good,
# the judge (examples/judge) has to agree but for the rules of scripts/interop/intended.py. The judge then signs the same
# requests itself, and the clients' verifiers have to accept that, but for the same rules. KEYWARD_INTEROP_COUNT: how many
# requests a scheme (270). Needs python3, node and npm, and the network once; without it skips loudly, and fails if
# KEYWARD_REQUIRE_ALL=1.
set -euo pipefail
cd "$(dirname "$0")/.."
here=scripts/interop
folder=${CARGO_TARGET_DIR:-target}/interop
count=${KEYWARD_INTEROP_COUNT:-270}
# Of which some are not to be signed: two hosts, a header that is not there.
least=$((count * 25 / 27))

if ! $here/install.sh "$folder" > "${TMPDIR:-/tmp}/interop-install.log" 2>&1; then
  tail -3 "${TMPDIR:-/tmp}/interop-install.log"
  echo "SKIPPED: no request is exchanged with other clients, they cannot be installed"
  [ "${KEYWARD_REQUIRE_ALL:-}" = 1 ] && exit 1
  exit 0
fi
NODE_PATH=$(cd "$folder" && pwd)/node_modules
export NODE_PATH NODE_NO_WARNINGS=1 PYTHONDONTWRITEBYTECODE=1
python=$folder/venv/bin/python

# The verdicts of the Python and of the JavaScript clients on the framed cases of a file.
verdicts() {
  "$python" $here/run.py verify < "$1"
  node $here/run.js verify < "$1"
}

# A seed's requests, signed, changed and verified, in the folder's files.
exchange() {
  local seed=$1 run=$2 count=$3
  mkdir -p "$run"
  "$python" $here/generate.py "$seed" "$count" > "$run/asks.jsonl"
  "$python" $here/run.py sign < "$run/asks.jsonl" > "$run/signed.jsonl"
  node $here/run.js sign < "$run/asks.jsonl" >> "$run/signed.jsonl"
  "$python" $here/mutate.py "$seed" < "$run/signed.jsonl" | "$python" $here/run.py frame > "$run/framed.jsonl"
  verdicts "$run/framed.jsonl" > "$run/verdicts.jsonl"
  "$python" $here/merge.py "$run"
}

judge=${CARGO_TARGET_DIR:-target}/debug/examples/judge
build_judge() {
  cargo build --quiet --all-features --example judge
}

# What we signed: by the judge's own verifier, then by the clients'.
reverse() {
  local run=$1 least=$2
  grep -v '"unsigned":' "$run/ours.jsonl" | "$judge" --check - > "$run/own.txt" || { grep mismatch "$run/own.txt"; return 1; }
  "$python" $here/run.py frame < "$run/ours.jsonl" > "$run/ours-framed.jsonl"
  grep -v '"unsigned":' "$run/ours-framed.jsonl" > "$run/ours-signed.jsonl"
  verdicts "$run/ours-signed.jsonl" > "$run/ours-verdicts.jsonl"
  "$python" $here/reverse.py "$run/ours-framed.jsonl" "$run/ours-verdicts.jsonl" "$least"
}

if [ "${1:-}" = reverse ]; then
  shift
  [ $# -gt 0 ] || { echo "reverse needs a command that prints signed requests" >&2; exit 2; }
  run=$folder/run/reverse
  mkdir -p "$run"
  build_judge
  "$@" > "$run/ours.jsonl"
  reverse "$run" 1
  exit
fi

if [ "${1:-}" = vectors ]; then
  # A count of their own: what is committed depends on nothing around it.
  exchange vectors "$folder/run/vectors" 260
  "$python" $here/select_vectors.py "$folder/run/vectors" "$folder/run/vectors/chosen"
  if [ "${2:-}" = --check ]; then
    diff -r "$folder/run/vectors/chosen" tests/vectors && echo "the committed vectors are what the clients sign"
  else
    mkdir -p tests/vectors
    cp "$folder/run/vectors/chosen/"*.jsonl tests/vectors
  fi
  exit
fi

seeds=()
if [ "${1:-}" = --seed ]; then
  seed=${2:?a seed}
  [ "$seed" != random ] || seed=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
  seeds=("$seed")
else
  mapfile -t seeds < <(grep -v '^#' $here/seeds.txt)
fi

build_judge
failed=0
for seed in "${seeds[@]}"; do
  start=$SECONDS
  echo "--- seed $seed, $count requests a scheme"
  run=$folder/run/$seed
  exchange "$seed" "$run" "$count"
  # Its exit code is not asked: the report compares line by line.
  "$judge" --check "$run/cases.jsonl" "$run/disagree.jsonl" | grep '^{' > "$run/judged.jsonl" || true
  "$python" $here/report.py "$run" "$run/judged.jsonl" || failed=1
  echo "--- seed $seed, signed by us"
  "$judge" --asks "$run/asks.jsonl" > "$run/ours.jsonl"
  reverse "$run" "$least" || failed=1
  echo "--- seed $seed took $((SECONDS - start)) s"
done
exit $failed
