#!/bin/sh
# Proves that keyward needs `alloc` and nothing else: a static library with a panic handler of its own takes a
# credential to its verdict, with and without `serde`; and with std the same library must not compile.
set -eu
cd "$(dirname "$0")/.."

probe=tests/no_std
target=$probe/target

build() {
    cargo build --locked --manifest-path $probe/Cargo.toml --target-dir $target "$@"
}

run() {
    what=$1
    shift
    build "$@"
    cc $probe/main.c $target/debug/libkeyward_no_std.a -o $target/line
    $target/line
    echo "no_std: $what builds without std; the right secret is allowed, a wrong one denied"
}

run "keyward"
run "keyward with serde" --features serde

if errors=$(build --features keyward/std 2>&1); then
    echo "no_std: the probe compiles with std, so it proves nothing" >&2
    exit 1
fi
case $errors in
*E0152*) echo "no_std: keyward with std is refused (E0152), so the probe sees std" ;;
*)
    printf '%s\n' "$errors" "no_std: with std the probe failed, but not with E0152" >&2
    exit 1
    ;;
esac
