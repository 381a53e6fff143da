#!/usr/bin/env bash
# What the tests and checks need beyond Rust and a C and C++ compiler: valgrind, Python with venv, Node with npm, PHP,
# PostgreSQL, openssl, xmllint, curl and redis-server, Debian packages all, and three programs for cargo, built from source
# (about five minutes on two cores, once).
set -eu
cd "$(dirname "$0")/.."
missing=()
need_package() {
  command -v "$1" > /dev/null || missing+=("$2")
}
need_package valgrind valgrind
need_package python3 python3
need_package node nodejs
need_package npm npm
need_package php php-cli
need_package xmllint libxml2-utils
need_package openssl openssl
need_package curl curl
need_package redis-server redis-server
python3 -c 'import ensurepip' 2> /dev/null || missing+=(python3-venv)
# Not on the path where Debian puts it.
find_postgres() {
  command -v postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -1
}
[ -n "$(find_postgres)" ] || missing+=(postgresql)
if [ "${#missing[@]}" -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"
fi

need() {
  cargo "$1" --version > /dev/null 2>&1 || cargo install --quiet --locked "cargo-$1"
  cargo "$1" --version
}

rustc --version
valgrind --version
python3 --version
node --version
php --version | head -1
openssl version
xmllint --version 2>&1 | head -1
redis-server --version
"$(find_postgres)" --version
need hack
need deny
if cargo +nightly --version 2> /dev/null; then
  need fuzz
else
  echo "SKIPPED: cargo-fuzz is not installed, there is no nightly toolchain"
fi
cargo fetch --locked
cargo fetch --locked --manifest-path fuzz/Cargo.toml
cargo fetch --locked --manifest-path tests/no_std/Cargo.toml
cargo fetch --locked --manifest-path benches/peers/Cargo.toml
cargo fetch --locked --manifest-path benches/peers/bare/Cargo.toml
