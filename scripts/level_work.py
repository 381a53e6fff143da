#!/usr/bin/env python3
"""Hold the bounds of level work over callgrind's counts, one file per case of examples/level_work.

    python3 scripts/level_work.py FOLDER

Within a group (same key ring, same lengths of account, user and vendor, same
form of request) every refusal runs as many compressions of SHA-2 as every other,
and outside of them no more than SPREAD instructions more or fewer. Over all
groups of plain secrets the same holds.

To verify a signature a sealed secret is opened, and the cipher goes over the
ids of its owner. Whoever has none is refused with the dummy's, whose ids have
another length, and that shows: by no more than SEALED_SPREAD.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

SPREAD = 150
# The cipher takes 16 bytes in some 30 instructions (Poly1305 with AVX2); the shortest and the longest ids are about as
# far from the dummy's, three and four such steps. Measured: 76 to 335, as the compiler lays it out.
SEALED_SPREAD = 400
# Refused with the dummy's sealed secret.
BY_DUMMY = {"unknown", "unsealed"}
# Instructions of one software compression of SHA-256 on x86-64; only to show its work as a number of blocks. One of
# SHA-512 counts as one and a half or so.
BLOCK = 3334

MEASURED = re.compile(r"keyward.*Authorizer.*authorize")
COMPRESSION = re.compile(r"\bsha2::sha(256|512)::")

FUNCTION = re.compile(r"(c?)fn=\((\d+)\)(?: (.+))?")
COST = re.compile(r"(?:[+-]?\d+|\*) (\d+)")


@dataclass
class Count:
    """Instructions that one call of `authorize` ran."""

    sha: int
    outside: int

    @property
    def blocks(self) -> int:
        return round(self.sha / BLOCK)


def self_costs(text: str) -> dict[str, int]:
    """Instructions by function, those of its callees left out (the "Callgrind Format Specification")."""
    names: dict[str, str] = {}
    costs: dict[str, int] = defaultdict(int)
    function, of_callee = "", False
    for line in text.splitlines():
        if found := FUNCTION.fullmatch(line):
            called, number, name = found.groups()
            names.setdefault(number, name)
            if not called:
                function = number
        elif line.startswith("calls="):
            of_callee = True
        elif found := COST.fullmatch(line):
            if not of_callee:
                costs[function] += int(found[1])
            of_callee = False
    # Two instances of a generic function may have one name.
    summed: dict[str, int] = defaultdict(int)
    for number, cost in costs.items():
        summed[names[number]] += cost
    return summed


def read(path: Path) -> Count:
    costs = self_costs(path.read_text())
    measured = [name for name in costs if MEASURED.search(name)]
    if len(measured) != 1:
        sys.exit(f"{path.name}: the toggle matches {measured or 'nothing'}, not `authorize` alone")
    sha = sum(cost for name, cost in costs.items() if COMPRESSION.search(name))
    return Count(sha, sum(costs.values()) - sha)


def level(what: str, counts: list[Count], bound: int) -> bool:
    outside = [count.outside for count in counts]
    spread = max(outside) - min(outside)
    blocks = sorted({count.blocks for count in counts})
    holds = spread <= bound and len({count.sha for count in counts}) == 1
    shown = "/".join(map(str, blocks))
    print(f"{what:<34}{shown:>8}{spread:>16} <= {bound}   {'level' if holds else 'NOT LEVEL'}")
    return holds


def signed(name: str, group: dict[str, Count]) -> bool:
    """A group of signed requests; what is accepted stands apart, and shows that a kept key is one."""
    cold, warm = group.pop("right"), group.pop("right-warm")
    print(f"{name + ', accepted':<34}{cold.blocks:>8}{warm.blocks:>16} with a key that was kept")
    known = [count for caller, count in group.items() if caller not in BY_DUMMY]
    if len(known) == len(group) or warm.sha >= cold.sha:
        sys.exit(f"{name}: no case is refused by the dummy, or no key was kept; what are the cases called now?")
    held = [level(name + ", known", known, SPREAD), level(name, list(group.values()), SEALED_SPREAD)]
    return all(held)


def main() -> None:
    counts = {path.name: read(path) for path in sorted(Path(sys.argv[1]).iterdir())}
    if not any(count.sha for count in counts.values()):
        sys.exit("no SHA-2 is seen in any case; what are its functions called now?")
    groups: dict[str, dict[str, Count]] = defaultdict(dict)
    print(f"{'case':<38}{'blocks':>8}{'in SHA-2':>14}{'outside':>12}")
    for name, count in counts.items():
        print(f"{name:<38}{count.blocks:>8}{count.sha:>14}{count.outside:>12}")
        group, _, caller = name.rpartition(".")
        groups[group][caller] = count
    print(f"\n{'group':<34}{'blocks':>8}{'spread outside':>16}")
    sealed = {name: group for name, group in groups.items() if name.startswith("seal.")}
    plain = {name: list(group.values()) for name, group in groups.items() if name not in sealed}
    held = [level(name, group, SPREAD) for name, group in plain.items()]
    held.append(level("all plain secrets", [count for group in plain.values() for count in group], SPREAD))
    held += [signed(name, group) for name, group in sealed.items()]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
