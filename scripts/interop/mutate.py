#!/usr/bin/env python3
"""Filter: every case that a client could sign, and after it the same with one change, chosen by the seed and the case's name.

    mutate.py SEED
"""
import random
import sys

import wire
from mutations import common, escher, rfc9421, sigv4_family, webhooks

LESS_HTTP = [change for change in common.ALL if change not in (common.method, common.path, common.query, common.more_query, common.secret)]
CHANGES = {
    "escher": common.ALL + sigv4_family.ALL + escher.ALL,
    "sigv4": common.ALL + sigv4_family.ALL,
    "rfc9421": common.ALL + rfc9421.ALL,
    "standard_webhooks": LESS_HTTP + [common.body] * 3 + webhooks.ALL,
}


def mutant(rng, case):
    changes = list(CHANGES[case["scheme"]])
    rng.shuffle(changes)
    for change in changes:
        changed = change(rng, case)
        if changed and changed != case:
            return {**changed, "name": f"{case['name']}/{change.__name__}", "mutation": change.__name__}


def main(seed):
    for case in wire.lines():
        if "unsigned" in case:
            continue
        wire.emit(case)
        if case.get("mutable"):
            wire.emit(mutant(random.Random(f"{seed}/{case['name']}"), case))


if __name__ == "__main__":
    main(sys.argv[1])
