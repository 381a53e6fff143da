"""Changes that mean the same under every scheme, and the tools that the others are made of."""
import string

import wire

CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


def other_byte(rng, text):
    """The text with one letter or digit replaced by another of its kind, an escape's two digits left alone; None where
    there is none to replace.
    """
    places = [at for at, char in enumerate(text) if char.isascii() and char.isalnum() and "%" not in text[max(0, at - 2):at]]
    if not places:
        return None
    at = rng.choice(places)
    kind = next(kind for kind in CLASSES if text[at] in kind)
    return text[:at] + rng.choice(kind.replace(text[at], "")) + text[at + 1:]


def with_request(case, **parts):
    if None in parts.values():
        return None
    return {**case, "request": {**case["request"], **parts}}


def lines_of(case, keep):
    return [at for at, (name, _) in enumerate(case["request"]["headers"]) if keep(name.lower())]


def edit_line(rng, case, keep, edit):
    """One of the header lines whose name `keep` takes, its value edited."""
    places = lines_of(case, keep)
    if not places:
        return None
    lines = [list(line) for line in case["request"]["headers"]]
    at = rng.choice(places)
    lines[at][1] = edit(lines[at][1])
    return None if lines[at][1] is None else with_request(case, headers=lines)


def drop_line(rng, case, keep):
    places = lines_of(case, keep)
    if not places:
        return None
    dropped = rng.choice(places)
    return with_request(case, headers=[line for at, line in enumerate(case["request"]["headers"]) if at != dropped])


def double_line(rng, case, keep):
    places = lines_of(case, keep)
    if not places:
        return None
    lines = case["request"]["headers"]
    return with_request(case, headers=lines + [lines[rng.choice(places)]])


def method(rng, case):
    others = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"} - {case["request"]["method"].upper()}
    return with_request(case, method=rng.choice(sorted(others)))


def target_parts(case):
    """What stands before the path, the path, and the query."""
    url = case["request"]["url"]
    origin = url[:url.index("/", len("https://"))] if url.startswith("https://") else ""
    return (origin, *wire.split_target(url[len(origin):]))


def path(rng, case):
    origin, path, query = target_parts(case)
    changed = other_byte(rng, path)
    return changed and with_request(case, url=origin + wire.join_target(changed, query))


def query(rng, case):
    origin, path, query = target_parts(case)
    changed = other_byte(rng, query or "")
    return changed and with_request(case, url=origin + wire.join_target(path, changed))


def more_query(rng, case):
    origin, path, query = target_parts(case)
    added = rng.choice(["added=1", "a", "z=%20"])
    return with_request(case, url=origin + wire.join_target(path, f"{query}&{added}" if query else added))


def body(rng, case):
    data = wire.body(case["request"])
    if not data:
        return None
    at = rng.randrange(len(data))
    if data[at] >= 0x80:
        return None
    changed = data[:at] + (b"y" if data[at:at + 1] == b"x" else b"x") + data[at + 1:]
    return {**case, "request": wire.with_body(case["request"], changed)}


def longer_body(rng, case):
    return {**case, "request": wire.with_body(case["request"], wire.body(case["request"]) + b" ")}


def unsigned_header(rng, case):
    return with_request(case, headers=case["request"]["headers"] + [["X-Added-Later", "by a proxy"]])


def recase_names(rng, case):
    return with_request(case, headers=[[name.swapcase(), value] for name, value in case["request"]["headers"]])


def clock(rng, case):
    first, last = case["window"]
    return {**case, "now": rng.choice([first - 1, last + 1, first - 86400, last + 86400])}


def edge(rng, case):
    return {**case, "now": rng.choice(case["window"])}


def secret(rng, case):
    if "secret" in case:
        return None
    (key, value), *rest = case["key_db"]
    # The last symbols of base64 may not be any.
    changed = other_byte(rng, value[:-4])
    return changed and {**case, "key_db": [[key, changed + value[-4:]]] + rest}


ALL = [method, path, query, more_query, body, longer_body, unsigned_header, recase_names, clock, edge, secret]
