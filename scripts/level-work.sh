#!/bin/sh
# Guards level work: an unknown key, a wrong secret and a revoked credential cost the same instructions, for ids of any
# length and under any pepper; and so do all refusals of a signed request, whether the key was derived before or not.
# Counts them with callgrind; level_work.py holds the bounds.
#
#     scripts/level-work.sh          needs valgrind and python3; skips loudly without, fails if KEYWARD_REQUIRE_ALL=1
set -eu
cd "$(dirname "$0")/.."

for tool in valgrind python3; do
    if ! command -v "$tool" >/dev/null; then
        echo "SKIPPED: level work is not measured, there is no $tool"
        [ "${KEYWARD_REQUIRE_ALL:-}" = 1 ] && exit 1
        exit 0
    fi
done

cargo build --quiet --release --example level_work
target=${CARGO_TARGET_DIR:-target}
program=$target/release/examples/level_work
counts=$target/level-work
rm -rf "$counts"
mkdir -p "$counts"

# Two at a time: each is a process of its own, and counts instructions, not seconds.
"$program" --list | xargs -P 2 -I CASE valgrind --quiet --tool=callgrind \
    --toggle-collect='*keyward*Authorizer*authorize*' --callgrind-out-file="$counts/CASE" "$program" CASE
python3 scripts/level_work.py "$counts"
