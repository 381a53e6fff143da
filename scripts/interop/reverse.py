#!/usr/bin/env python3
"""Counts what the clients say of requests that we signed; fails where one refuses and no rule of intended.py says why.

    reverse.py CASES VERDICTS
"""
import collections
import sys

import intended
import wire


def main(cases, verdicts):
    checked, reasons = collections.defaultdict(dict), {}
    with open(verdicts) as stream:
        for answer in wire.lines(stream):
            checked[answer["name"]][answer["client"]] = answer["verdict"]
            reasons[answer["name"], answer["client"]] = answer["reason"]
    counts, failed, seen = collections.Counter(), 0, 0
    with open(cases) as stream:
        for case in wire.lines(stream):
            seen += 1
            case = {"source": "keyward", "kind": "header", **case, "checked": checked[case["name"]]}
            refusing = [client for client, verdict in case["checked"].items() if verdict != "accept"]
            answer, rules = intended.ruled(case) if refusing else ("accept", [])
            for client, verdict in case["checked"].items():
                counts[case["scheme"], client, verdict + (" " + " ".join(rules) if verdict == "reject" else "")] += 1
            if refusing and answer != "accept" or not case["checked"]:
                failed += 1
                print(f"  {case['name']}: " + "; ".join(f"{client}: {reasons[case['name'], client]}" for client in refusing))
    for (scheme, client, verdict), count in sorted(counts.items()):
        print(f"  {count:6}  {scheme} {client} {verdict}")
    print(f"  {seen} signed by us, {failed} refused without a reason")
    return 1 if failed or not seen else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
