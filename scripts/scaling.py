#!/usr/bin/env python3
"""Writes the tables of docs/scaling.md: what caches hit, what a store is asked and what a feed carries, on many instances.

Callers are Zipf-distributed. Instances are simulated one event after the other: each has a cache of its own (the least
recently used entry goes), entries are good while `now - max(loaded, confirmed) <= bound`, a feed drops what changed and
confirms the rest, and is cut for a while. A model (Che's approximation for the cache, a renewal argument for the bound) is
compared with the simulation where that can be run, and used alone where it cannot. `--check` compares with the page
instead of writing it. The seed is fixed; nothing is measured here.
"""
import bisect, math, pathlib, random, sys
from collections import OrderedDict, deque

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs/scaling.md"
BEGIN, END = "<!-- computed: begin -->\n", "<!-- computed: end -->\n"
SEED = 20261122

# Measured elsewhere: docs/performance.md (1 to 3), docs/stores.md (4), adapters/keyward-redis/README.md (5, 6).
USER_BYTES = 982            # a user with four rules in memory
VERDICT = 1_699e-9          # seconds of a whole authorize, keys and methods at random
CLAIM_WINDOW = 345          # seconds that a claim stays: window, span and slack
DISK_BYTES = 385            # a user with four rules in a file of SQLite
CLAIM_BYTES = 169           # a claim in Redis
CLAIM_RATE = 27_000         # claims a second of one Redis, on a loaded machine
# Assumed: say your own.
ROUND_TRIP = 1e-3           # seconds that a look-up holds a connection
MESSAGE = 100               # bytes of a change on the wire, with its envelope
FLUSH = 1e-3                # seconds that a commit holds the feed's counter


def bins(users):
    """(rank, how many ranks), exact for the first thousand and then in steps of a hundredth."""
    edges, at = [], 1_000.5
    while at < users + 0.5:
        following = min(at * 1.01, users + 0.5)
        edges.append((math.sqrt(at * following), following - at))
        at = following
    return [(rank, 1) for rank in range(1, min(users, 1_000) + 1)] + edges


def shares(users, skew):
    """(a caller's part of all calls, how many callers have it)."""
    weights = [(rank**-skew, count) for rank, count in bins(users)]
    total = sum(weight * count for weight, count in weights)
    return [(weight / total, count) for weight, count in weights]


def lru(callers, rate, entries):
    """Hit rate of a cache of so many entries: Che, Tung and Wang 2002."""
    held = lambda time: sum(count * -math.expm1(-rate * part * time) for part, count in callers)
    if entries >= sum(count for _, count in callers):
        return 1.0
    low, high = 0.0, 1.0
    while held(high) < entries:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if held(middle) < entries else (low, middle)
    return sum(count * part * -math.expm1(-rate * part * low) for part, count in callers)


def bounded(callers, rate, bound):
    """Hit rate where an entry is read again `bound` after it was loaded: of one load and the calls within the bound
    behind it, all but the load hit."""
    return sum(count * part * rate * part * bound / (1 + rate * part * bound) for part, count in callers)


class Instance:
    def __init__(self, entries):
        self.entries, self.room, self.confirmed, self.behind = OrderedDict(), entries, -math.inf, 0
        self.calls = self.hits = self.messages = 0


def simulate(skew, users, instances, rate, entries, bound, edits, poll, delay, cut, ends):
    """Hit rate, reads and messages a second of three spells, the oldest stale answer, and how many were too old."""
    draw = random.Random(SEED)
    weights, cumulative = 0.0, []
    for rank in range(1, users + 1):
        weights += rank**-skew
        cumulative.append(weights)
    servers = [Instance(entries) for _ in range(instances)]
    version, changed_at, log, polled = {}, {}, [], [0.0] * instances
    spells = {"feed": (15.0, cut[0]), "cut": (cut[0] + bound + 1, cut[1]), "back": (cut[1] + poll + 5, ends)}
    found = {name: [0, 0, 0] for name in spells}
    now, next_edit, oldest, late = 0.0, draw.expovariate(edits), 0.0, 0
    while now < ends:
        now += draw.expovariate(rate)
        while next_edit <= now:  # any user is edited as likely as any other caller of the day
            user = bisect.bisect(cumulative, draw.random() * weights)
            version[user] = version.get(user, 0) + 1
            changed_at[user] = next_edit
            log.append((next_edit, user))
            next_edit += draw.expovariate(edits)
        spell = next((name for name, (start, end) in spells.items() if start <= now < end), None)
        at = int(draw.random() * instances)
        server = servers[at]
        if not cut[0] <= now < cut[1]:
            heard = now - delay  # what the feed has brought by now
            while server.behind < len(log) and log[server.behind][0] <= heard:
                server.entries.pop(log[server.behind][1], None)
                server.behind += 1
                if spell:
                    found[spell][2] += 1
            if now - polled[at] >= poll:
                polled[at], server.confirmed = now, heard
        user = bisect.bisect(cumulative, draw.random() * weights)
        held = server.entries.get(user)
        hit = held is not None and now - max(held[0], server.confirmed) <= bound
        if hit:
            server.entries.move_to_end(user)
            if held[1] != version.get(user, 0):
                # Since the first change that this entry does not know.
                known = held[1]
                since = next(time for time, who in log[bisect.bisect(log, (held[0],)):] if who == user)
                oldest, late = max(oldest, now - since), late + (now - since > bound)
                assert known < version[user]
        else:
            server.entries[user] = (now, version.get(user, 0))
            server.entries.move_to_end(user)
            if len(server.entries) > entries:
                server.entries.popitem(last=False)
        if spell:
            found[spell][0] += 1
            found[spell][1] += hit
    result = {}
    for name, (calls, hits, messages) in found.items():
        length = spells[name][1] - spells[name][0]
        result[name] = (hits / calls, (calls - hits) / length, messages / length)
    return result, oldest, late


def percent(part):
    return f"{100 * part:.1f} %"


def number(value):
    return f"{value:,.0f}".replace(",", " ")


def simulated():
    users, instances, rate, entries, bound = 200_000, 8, 16_000, 8_192, 5.0
    edits, poll, delay, cut, ends = 20.0, 1.0, 0.02, (30.0, 50.0), 75.0
    yield f"{number(users)} users, {instances} instances, {number(rate)} calls a second in all, {number(entries)} entries each, "
    yield f"a bound of {bound:.0f} s, {edits:.0f} changes a second; the feed brings a change after {delay * 1e3:.0f} ms, confirms every second, "
    yield f"and is cut from {cut[0]:.0f} s to {cut[1]:.0f} s of {ends:.0f}. Seed {SEED}.\n\n"
    yield "| skew | spell | hits, simulated | hits, model | reads of the store a second | messages a second | oldest stale answer | beyond the bound |\n"
    yield "|---:|---|---:|---:|---:|---:|---:|---:|\n"
    for skew in (0.8, 1.0, 1.2):
        spells, oldest, late = simulate(skew, users, instances, rate, entries, bound, edits, poll, delay, cut, ends)
        callers = shares(users, skew)
        model = {"feed": lru(callers, rate / instances, entries), "cut": bounded(callers, rate / instances, bound)}
        model["cut"] = min(model["cut"], model["feed"])
        model["back"] = model["feed"]
        for spell, (hits, reads, messages) in spells.items():
            last = f"{oldest:.2f} s | {late}" if spell == "cut" else "|"
            yield f"| {skew} | {spell} | {percent(hits)} | {percent(model[spell])} | {number(reads)} | {number(messages)} | {last} |\n"


def large():
    users, instances, rate = 1_000_000_000, 40, 1_000_000
    yield f"{number(users)} users, {number(rate)} verdicts a second on {instances} instances. Model alone.\n\n"
    yield "| skew | entries an instance | its memory | with the feed: hits | reads a second | without it, bound 5 s: hits | reads | bound 60 s: hits | reads | with it, each caller at one instance: hits | reads |\n"
    yield "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
    for skew in (0.8, 1.0, 1.2):
        callers = shares(users, skew)
        without = [bounded(callers, rate / instances, bound) for bound in (5, 60)]
        for entries in (16_384, 1_000_000, 16_000_000):
            hits = lru(callers, rate / instances, entries)
            cells = [hits] + [min(hits, other) for other in without] + [lru(callers, rate, entries * instances)]
            cells = " | ".join(f"{percent(cell)} | {number(rate * (1 - cell))}" for cell in cells)
            yield f"| {skew} | {number(entries)} | {entries * USER_BYTES / 1e9:.2f} GB | {cells} |\n"


def arithmetic():
    users, instances, rate = 1_000_000_000, 40, 1_000_000
    month = 30 * 86_400
    edits = users / month
    reads = rate * (1 - lru(shares(users, 1.0), rate / instances, 1_000_000))
    signed = rate / 10
    rows = [
        ("records on disk, one copy", f"{users * DISK_BYTES / 1e9:,.0f} GB", f"{DISK_BYTES} B a user (SQLite, four rules); 500 B in PostgreSQL"),
        ("all of it in memory", f"{users * USER_BYTES / 1e9:,.0f} GB", f"{USER_BYTES} B a user: not on one machine, and not needed"),
        ("processors for verdicts alone", f"{rate * VERDICT:.1f}", f"{VERDICT * 1e9:,.0f} ns each; an HTTP server around them takes ten times that and more"),
        ("calls of an instance", f"{rate / instances:,.0f} a second", f"{instances} instances"),
        ("reads of the store", f"{reads:,.0f} a second", "skew 1.0, a million entries each, with the feed"),
        ("connections that they hold", f"{reads * ROUND_TRIP:,.0f} in all", f"at {ROUND_TRIP * 1e3:.0f} ms each, were they even; pools of 16 are {16 * instances}"),
        ("changes", f"{edits:,.0f} a second", "each user once in 30 days"),
        ("what one counter takes", f"{1 / FLUSH:,.0f} changes a second", f"a commit holds its row for {FLUSH * 1e3:.0f} ms; more databases have more counters"),
        ("messages of the feed", f"{edits * instances:,.0f} a second", f"{edits * instances * MESSAGE / 1e6:.1f} MB a second in all, {edits * MESSAGE / 1e3:.0f} kB into each instance"),
        ("claims, a tenth of calls signed", f"{signed:,.0f} a second", f"{signed / CLAIM_RATE:.1f} times what one Redis did; {signed * CLAIM_WINDOW * CLAIM_BYTES / 1e9:.1f} GB of claims"),
    ]
    yield "| what | how much | by what |\n|---|---:|---|\n"
    for row in rows:
        yield "| " + " | ".join(cell.replace(",", " ") if index == 1 else cell for index, cell in enumerate(row)) + " |\n"


def computed():
    yield "\n### Simulated\n\n"
    yield from simulated()
    yield "\n### A billion users\n\n"
    yield from large()
    yield "\n### The arithmetic\n\n"
    yield from arithmetic()
    yield "\n"


def main():
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        sys.exit(f"{PAGE.name} has no place for the tables")
    written = before + BEGIN + "".join(computed()) + END + after
    if sys.argv[1:] == ["--check"]:
        if written != page:
            sys.exit(f"{PAGE.name} is not what this script writes; run it without --check and look at the difference")
        print(f"{PAGE.name}: {written.count(chr(10) + '| ')} rows, as committed")
    else:
        PAGE.write_text(written, encoding="utf-8")


main()
