#!/usr/bin/env python3
"""Joins the cases with the clients' verdicts, applies the rules of intended.py, and writes a folder of JSON lines.

    merge.py FOLDER         reads FOLDER/framed.jsonl and FOLDER/verdicts.jsonl

    cases.jsonl      the clients agree; `expect.result` is their verdict, or ours where a rule says so (`intended`)
    disagree.jsonl   they do not; `expect.result` is what the rules make of it
    open.jsonl       a rule says that either answer is right: counted, not judged
    unexplained.jsonl   they disagree and no rule explains it: must be empty
"""
import collections
import pathlib
import sys

import intended
import wire

DROPPED = ("frame", "refused", "mutable", "unsigned")


def merged(case, checked):
    """The case in the normal form, and the file that it belongs to."""
    case = {**{key: value for key, value in case.items() if key not in DROPPED}, "checked": checked}
    answer, rules = intended.ruled(case)
    if rules:
        case["intended"] = rules
    if answer in (None, "either"):
        return case, "open" if answer else "unexplained"
    case["expect"] = {"result": answer}
    if answer == "accept" and "key_db" in case:
        case["expect"]["key_id"] = case["key_db"][0][0]
    return case, "cases" if len(set(checked.values())) == 1 else "disagree"


def main(folder):
    folder = pathlib.Path(folder)
    verdicts = collections.defaultdict(dict)
    with open(folder / "verdicts.jsonl") as stream:
        for answer in wire.lines(stream):
            verdicts[answer["name"]][answer["client"]] = answer["verdict"]
    files = {name: open(folder / f"{name}.jsonl", "w") for name in ("cases", "disagree", "open", "unexplained")}
    with open(folder / "framed.jsonl") as stream:
        for case in wire.lines(stream):
            checked = verdicts[case["name"]]
            if len(checked) != 2:
                sys.exit(f"{case['name']}: {len(checked)} verdicts instead of two")
            done, name = merged(case, checked)
            wire.emit(done, files[name])
    for stream in files.values():
        stream.close()


if __name__ == "__main__":
    main(sys.argv[1])
