#!/usr/bin/env python3
"""Counts what a run gave, and fails on what nothing explains.

    report.py FOLDER [JUDGED]       FOLDER as merge.py left it; JUDGED: the judge's JSON lines over cases and disagree

Fails where the clients disagree or one refuses its own request without a rule of intended.py, where the judge's verdict
is not `expect.result`, and where the judge says nothing about a case.
"""
import collections
import pathlib
import sys

import wire

SHOWN = 10


def read(path):
    with open(path) as stream:
        return list(wire.lines(stream))


def table(title, counts, order=None):
    print(f"  {title}")
    for key in order or sorted(counts):
        print(f"    {counts[key]:6}  {key}")


def refuses_own(case):
    return "mutation" not in case and case["checked"].get(case["source"]) == "reject"


def print_clients(signed, judged_cases):
    """Per scheme and client: what it signed, and what both servers made of that and of its mutations."""
    rows = collections.defaultdict(collections.Counter)
    for case in signed:
        rows[case["scheme"], case["source"]]["not signed" if "unsigned" in case else "signed"] += 1
    for kind, cases in judged_cases.items():
        for case in cases:
            rows[case["scheme"], case["source"]][f"{kind} {case.get('expect', {}).get('result', '')}".strip()] += 1
    columns = ["signed", "not signed", "cases accept", "cases reject", "disagree accept", "disagree reject", "open"]
    print(f"  {'scheme and client':46}" + "".join(f"{column:>17}" for column in columns))
    for (scheme, client), row in sorted(rows.items()):
        print(f"  {scheme + ' ' + client:46}" + "".join(f"{row[column]:17}" for column in columns))


def against_judge(cases, judged):
    """The judge's verdicts that differ from what is expected, and how many it could not read."""
    verdicts = {line["name"]: line for line in judged if "name" in line}
    wrong, unread = [], collections.Counter()
    for case in cases:
        line = verdicts.get(case["name"])
        if line is None:
            wrong.append((case, "no answer"))
        elif line["verdict"] == "unrepresentable":
            unread[case["scheme"]] += 1
        elif line["verdict"] != case["expect"]["result"]:
            wrong.append((case, f"{line['verdict']} {line.get('code') or ''}"))
        elif line.get("key_id") != case["expect"].get("key_id", line.get("key_id")):
            wrong.append((case, f"accepted for the key {line.get('key_id')}"))
    return wrong, unread


def show(title, entries):
    print(f"  {len(entries)} {title}")
    for case, why in entries[:SHOWN]:
        print(f"    {case['name']}: {why}; clients {case['checked']}; rules {case.get('intended', [])}")


def main(folder, judged=None):
    folder = pathlib.Path(folder)
    groups = {name: read(folder / f"{name}.jsonl") for name in ("cases", "disagree", "open")}
    everything = [case for cases in groups.values() for case in cases]
    signed = read(folder / "signed.jsonl")
    print_clients(signed, groups)
    table("refused to sign, by reason", collections.Counter(f"{case['source']}: {case['unsigned'][:90]}" for case in signed if "unsigned" in case))
    differs = lambda case: {case["expect"]["result"]} != set(case["checked"].values())
    titles = {
        "intended differences from both clients": filter(differs, groups["cases"]),
        "refused by the very client that signed": filter(refuses_own, everything),
        "disagreements between the clients": groups["disagree"],
        "open to either answer": groups["open"],
    }
    for title, cases in titles.items():
        table(f"{title}, by rule", collections.Counter(rule for case in cases for rule in case.get("intended", [])))

    failures = [(case, "the clients disagree, no rule says why") for case in read(folder / "unexplained.jsonl")]
    failures += [(case, "refused by its own client") for case in everything if refuses_own(case) and "intended" not in case]
    if judged:
        wrong, unread = against_judge(groups["cases"] + groups["disagree"], read(judged))
        failures += wrong
        table("cases the judge cannot represent", unread)
    else:
        print("  no judge: only the clients' own verdicts were compared")
    show("unexplained", failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
