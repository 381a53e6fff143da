#!/usr/bin/env bash
# Replays the committed corpus through every property, then runs the fuzzer for ten seconds on each target whose
# grammar's sources (fuzz/targets.txt) differ from the commit KEYWARD_FUZZ_BASE, by default HEAD's first parent; on
# every target if there is no such commit.
#
#     scripts/fuzz.sh              needs a nightly toolchain and cargo-fuzz for its second part
#
# KEYWARD_FUZZ_SECONDS and KEYWARD_FUZZ_TARGETS (names, or `all`) choose otherwise; what the fuzzer found worth keeping
# stays in the folder KEYWARD_FUZZ_KEEP, if it is set.
set -eu
cd "$(dirname "$0")/.."
cargo test --quiet --locked --manifest-path fuzz/Cargo.toml

# The toolchain is not ours to install: where there is none at all, CI goes on with the replay alone. A nightly without
# cargo-fuzz means that scripts/install.sh has not done its work, and that is a fault.
if ! cargo +nightly --version > /dev/null 2>&1; then
  echo "SKIPPED: nothing is fuzzed, there is no nightly toolchain; the corpus was replayed"
  exit 0
fi
if ! cargo fuzz --version > /dev/null 2>&1; then
  echo "SKIPPED: nothing is fuzzed, there is no cargo-fuzz; the corpus was replayed"
  [ "${KEYWARD_REQUIRE_ALL:-}" = 1 ] && exit 1
  exit 0
fi

base=$(git rev-parse --quiet --verify "${KEYWARD_FUZZ_BASE:-HEAD^1}^{commit}") || base=
[ -z "$base" ] || base=$(git merge-base "$base" HEAD) || base=

# Whether one of these files differs from the base, in the working tree too.
changed() {
  [ -z "$base" ] || ! git diff --quiet "$base" -- "$@"
}

chosen=()
while IFS=: read -r target sources; do
  case " ${KEYWARD_FUZZ_TARGETS:-} " in
  "  ") # shellcheck disable=SC2086 # one word a file
    changed $sources && chosen+=("$target") ;;
  " all " | *" $target "*) chosen+=("$target") ;;
  esac
done < <(grep -v '^#' fuzz/targets.txt)
if [ "${#chosen[@]}" = 0 ]; then
  echo "no grammar's sources differ from ${base:0:12}; the corpus was replayed"
  exit 0
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log
found=${KEYWARD_FUZZ_KEEP:-$scratch/found}
failed=0
for target in "${chosen[@]}"; do
  # The first folder takes what is found; the committed one stays as it is.
  mkdir -p "$found/$target"
  if cargo +nightly fuzz run --features libfuzzer "$target" "$found/$target" "fuzz/corpus/$target" -- \
    -max_total_time="${KEYWARD_FUZZ_SECONDS:-10}" -max_len=4096 -timeout=10 -verbosity=1 > "$log" 2>&1; then
    echo "$target: $(grep -o '^Done .*' "$log"), no finding"
  else
    tail -n 60 "$log"
    echo "FAILED: $target; the input lies in fuzz/artifacts/$target"
    failed=1
  fi
done
exit $failed
