#!/usr/bin/env python3
"""Chooses committed vectors from a run: for each scheme a few dozen small cases in the normal form, every rule and every
mutation among them where there is room.

    select_vectors.py RUN TARGET       writes TARGET/SCHEME.jsonl
"""
import json
import pathlib
import re
import sys

import wire

COUNT = 40
LONGEST = 1800
PACKAGES = {
    "escherauth-py": "escherauth", "escher-auth-js": "escher-auth", "botocore-py": "botocore", "smithy-js": "@smithy/signature-v4",
    "http-message-signatures-py": "http-message-signatures", "http-message-signatures-js": "http-message-signatures",
    "standardwebhooks-py": "standardwebhooks", "standardwebhooks-js": "standardwebhooks",
}


def versions():
    here = pathlib.Path(__file__).parent
    pip = dict(re.findall(r"(\S+)==(\S+)", (here / "requirements.txt").read_text()))
    npm = json.loads((here / "package.json").read_text())["dependencies"]
    return {client: f"{name} {(pip if client.endswith('-py') else npm)[name]}" for client, name in PACKAGES.items()}


def features(case):
    """What a case is the only small one to show: its rules, its mutation, its client and form."""
    shown = {("rule", rule) for rule in case.get("intended", [])}
    shown.add(("kind", case["kind"], case["source"], case.get("mutation") is None, case["config"].get("hash_algo"), case["config"].get("service")))
    return shown | {("mutation", case.get("mutation"), case["source"])}


def chosen(cases):
    """Cases that show something new first, in the order of their names; then whatever comes, up to the count."""
    first, rest, seen = [], [], set()
    for case in cases:
        (rest if features(case) <= seen else first).append(case)
        seen |= features(case)
    ruled = [case for case in first if "intended" in case]
    plain = [case for case in first + rest if "intended" not in case]
    signed = [case for case in plain if "mutation" not in case]
    changed = [case for case in plain if "mutation" in case]
    room = COUNT - len(ruled[:COUNT // 2])
    return ruled[:COUNT // 2] + signed[:room // 2] + changed[:room - room // 2]


def main(run, target):
    run, target, named = pathlib.Path(run), pathlib.Path(target), versions()
    cases = []
    for name in ("cases", "disagree"):
        with open(run / f"{name}.jsonl") as stream:
            cases += [case for case in wire.lines(stream) if len(json.dumps(case)) < LONGEST]
    cases.sort(key=lambda case: case["name"])
    target.mkdir(parents=True, exist_ok=True)
    for scheme in sorted({case["scheme"] for case in cases}):
        with open(target / f"{scheme}.jsonl", "w") as stream:
            for case in sorted(chosen([case for case in cases if case["scheme"] == scheme]), key=lambda case: case["name"]):
                kept = {key: value for key, value in case.items() if key != "window"}
                wire.emit({**kept, "source": named[case["source"]]}, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
