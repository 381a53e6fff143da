#!/usr/bin/env bash
# Signed requests between us and the clients that others use: escherauth, escher-auth, botocore, @smithy/signature-v4,
# http-message-signatures and standardwebhooks, the last two in Python and JavaScript each.
#
#     scripts/interop.sh                   the seeds of scripts/interop/seeds.txt
#     scripts/interop.sh --seed random     a new one, printed; or --seed TEXT
#     scripts/interop.sh reverse CMD...    CMD prints requests that we signed, as JSON lines of the normal form
#     scripts/interop.sh vectors           writes tests/vectors/*.jsonl anew; --check compares instead
#
# Each client signs the same random requests; each gets one change besides; the clients' own verifiers say what is good,
# the judge (examples/judge) has to agree but for the rules of scripts/interop/intended.py. KEYWARD_INTEROP_COUNT: how
# many requests a scheme (260). Needs python3, node and npm, and the network once; without it skips loudly, and fails if
# KEYWARD_REQUIRE_ALL=1.
set -euo pipefail
cd "$(dirname "$0")/.."
here=scripts/interop
folder=${CARGO_TARGET_DIR:-target}/interop
count=${KEYWARD_INTEROP_COUNT:-260}

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
  local seed=$1 run=$2
  mkdir -p "$run"
  "$python" $here/generate.py "$seed" "$count" > "$run/asks.jsonl"
  "$python" $here/run.py sign < "$run/asks.jsonl" > "$run/signed.jsonl"
  node $here/run.js sign < "$run/asks.jsonl" >> "$run/signed.jsonl"
  "$python" $here/mutate.py "$seed" < "$run/signed.jsonl" | "$python" $here/run.py frame > "$run/framed.jsonl"
  verdicts "$run/framed.jsonl" > "$run/verdicts.jsonl"
  "$python" $here/merge.py "$run"
}

# The judge's lines; its exit code is not asked, the report compares line by line.
judge() {
  if [ -e examples/judge.rs ] || [ -d examples/judge ]; then
    cargo run --quiet --all-features --example judge -- --check "$1/cases.jsonl" "$1/disagree.jsonl" | grep '^{' > "$1/judged.jsonl" || true
    echo "$1/judged.jsonl"
  fi
}

if [ "${1:-}" = reverse ]; then
  shift
  [ $# -gt 0 ] || { echo "reverse needs a command that prints signed requests" >&2; exit 2; }
  run=$folder/run/reverse
  mkdir -p "$run"
  "$@" > "$run/ours.jsonl"
  "$python" $here/run.py frame < "$run/ours.jsonl" > "$run/framed.jsonl"
  verdicts "$run/framed.jsonl" > "$run/verdicts.jsonl"
  exec "$python" $here/reverse.py "$run/framed.jsonl" "$run/verdicts.jsonl"
fi

if [ "${1:-}" = vectors ]; then
  exchange vectors "$folder/run/vectors"
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

failed=0
for seed in "${seeds[@]}"; do
  echo "--- seed $seed, $count requests a scheme"
  run=$folder/run/$seed
  exchange "$seed" "$run"
  # shellcheck disable=SC2046 # a path or nothing
  "$python" $here/report.py "$run" $(judge "$run") || failed=1
done
exit $failed
