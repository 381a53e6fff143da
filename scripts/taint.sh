#!/bin/sh
# Guards constant time on the release binary: no branch and no address depends on a byte of a secret where hashes and
# MACs are compared, where a sealed secret is opened, where keys are derived and MACs are made. tests/taint says so of its
# secrets to valgrind's memcheck, which follows them bit by bit through the instructions that were really compiled.
#
#     scripts/taint.sh               needs valgrind; skips loudly without, fails then if KEYWARD_REQUIRE_ALL=1
#
# What it does not see: valgrind hides SHA-NI, so the software SHA-256 and SHA-512 are followed; how long an instruction
# takes; and what the crate reads of a request before anything is compared.
set -eu
cd "$(dirname "$0")/.."

skip() {
    echo "SKIPPED: secrets are not followed, $1"
    [ "${KEYWARD_REQUIRE_ALL:-}" = 1 ] && exit 1
    exit 0
}
[ "$(uname -sm)" = "Linux x86_64" ] || skip "the requests to valgrind are written for x86-64 Linux"
command -v valgrind >/dev/null || skip "there is no valgrind"

RUSTFLAGS="--cfg keyward_taint" cargo build --quiet --release -p keyward-taint
program=${CARGO_TARGET_DIR:-target}/release/keyward-taint
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

# expect STATUS WHAT ARGUMENT..: 0, nothing is reported; 9, something is.
expect() {
    wanted=$1 what=$2
    shift 2
    status=0
    valgrind --quiet --error-exitcode=9 "$@" >"$log" 2>&1 || status=$?
    if [ "$status" = "$wanted" ]; then
        echo "$what: $([ "$wanted" = 0 ] && echo "nothing depends on a secret" || echo "reported, as it has to be")"
    else
        echo "FAILED: $what ended with $status, not $wanted"
        cat "$log"
        failed=1
    fi
}

# So that a check which sees nothing fails: leaks are reported, and each case where its outcome stays tainted.
for leak in $("$program" --leaks); do
    expect 9 "$leak" "$program" "$leak"
done
for case in $("$program" --list); do
    "$program" "$case"
    expect 9 "$case, outcome tainted" --suppressions=tests/taint/verdict.supp "$program" "$case" blind
    expect 0 "$case" --suppressions=tests/taint/verdict.supp "$program" "$case"
done
expect 9 "unseal, verdict not passed over" "$program" unseal
exit $failed
