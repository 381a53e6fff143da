#!/usr/bin/env python3
"""Counts what the clients say of requests that we signed; fails where one refuses and no rule of intended.py says why,
where we did not sign and should have, and where fewer were signed of a scheme than asked for.

    reverse.py CASES VERDICTS [LEAST]
"""
import collections
import sys

import intended
import wire


def read(path):
    with open(path) as stream:
        return list(wire.lines(stream))


def main(cases, verdicts, least=1):
    checked, reasons = collections.defaultdict(dict), {}
    for answer in read(verdicts):
        checked[answer["name"]][answer["client"]] = answer["verdict"]
        reasons[answer["name"], answer["client"]] = answer["reason"]
    counts, signed, failures = collections.Counter(), collections.Counter(), []
    for case in read(cases):
        name, scheme = case["name"], case["scheme"]
        if "unsigned" in case:
            counts[scheme, "not signed:", case["unsigned"][:90]] += 1
            if not intended.refused_with_reason(case):
                failures.append(f"{name}: not signed: {case['unsigned']}")
            continue
        signed[scheme] += 1
        case = {"source": "keyward", "kind": "header", **case, "checked": checked[name]}
        if len(case["checked"]) != 2:
            failures.append(f"{name}: {len(case['checked'])} verdicts instead of two")
        for client, verdict in case["checked"].items():
            rules = intended.excuses(case, client) if verdict != "accept" else []
            counts[scheme, client, " ".join([verdict, *rules])] += 1
            if verdict != "accept" and not rules:
                failures.append(f"{name}: {client}: {reasons[name, client]}")
    for key, count in sorted(counts.items()):
        print(f"  {count:6}  {' '.join(key)}")
    failures += [f"{scheme}: {count} requests, {least} were asked for" for scheme, count in signed.items() if count < int(least)]
    print(f"  {signed.total()} signed by us: " + ", ".join(f"{scheme} {count}" for scheme, count in sorted(signed.items())))
    print("\n".join([f"  {len(failures)} without a reason", *(f"    {failure}" for failure in failures[:25])]))
    return 1 if failures or not signed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
