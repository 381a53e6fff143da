#!/usr/bin/env python3
"""Checks what the crate depends on.

- Secrets are wiped inside hashes and ciphers too: those are built with their `zeroize` features.
- No normal dependency in the lock file declares a newer Rust than the crate does.
- The core's tree stays small, and without `os-rng` nothing in it reaches the operating system.
"""
import json, pathlib, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What holds secrets while it works.
WIPING = {"hmac", "sha2", "digest", "chacha20poly1305", "chacha20", "poly1305"}
# About 30 crates, build-time macros included.
MOST = 34


def cargo(*words):
    return subprocess.run(["cargo", *words], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def tree(*flags):
    """(name, version) to enabled features, for the normal dependencies of the root package alone."""
    lines = cargo("tree", "-p", "keyward", "-e", "normal", "--prefix", "none", "-f", "{p}\t{f}", "--locked", *flags)
    found = {}
    for line in lines.splitlines():
        package, features = line.replace(" (*)", "").split("\t")
        name, version = package.split()[:2]
        found[name, version.lstrip("v")] = set(features.split(","))
    return found


def version(text):
    return tuple(int(part) for part in text.split(".")[:2])


def main():
    faults = []
    whole, default, bare = tree("--all-features", "--target", "all"), tree(), tree("--no-default-features")
    packages = json.loads(cargo("metadata", "--all-features", "--format-version", "1", "--locked"))["packages"]
    needs = {(package["name"], package["version"]): package["rust_version"] for package in packages}
    declared = next(package["rust_version"] for package in packages if package["name"] == "keyward")
    for (name, number) in whole:
        if (needed := needs[name, number]) and version(needed) > version(declared):
            faults.append(f"{name} {number} needs Rust {needed}; the crate declares {declared}")
    for features in (default, bare):
        faults += [f"{name} is not in the tree; name what does its work now" for name in WIPING - {n for n, _ in features}]
        for (name, number), enabled in features.items():
            if name in WIPING and "zeroize" not in enabled:
                faults.append(f"{name} {number} is built without its zeroize feature")
            if name in ("hmac", "sha2", "digest"):
                faults += [f"{name} {number} is built with {f}" for f in enabled & {"std", "getrandom"}]
    if len(default) > MOST:
        faults.append(f"the core's tree has {len(default)} crates, more than {MOST}")
    faults += [f"{name} is in the tree without os-rng" for name, _ in bare if name in ("getrandom", "libc", "rand_core")]
    for fault in faults:
        print(f"FAILED: {fault}")
    print(f"{len(default)} crates in the core's tree, {len(bare)} without features; "
          f"{len(whole)} locked normal dependencies with every feature on every platform ask for Rust {declared} or less")
    sys.exit(1 if faults else 0)


main()
