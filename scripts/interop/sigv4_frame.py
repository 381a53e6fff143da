"""What a SigV4 request presents, for clients that can only sign anew: its parts, read once and alike for both.

Also the checks that a server makes before it computes anything, from AWS's documentation: known key, scope, dates,
window, host and date signed, x-amz-content-sha256 equal to the body's hash. `frame(case)` gives the parts or raises.
"""
import hashlib
import re
from datetime import datetime, timezone
from urllib.parse import unquote

import wire

AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)")
LIMIT_SECONDS = 604800


class Refused(Exception):
    pass


def demand(holds, what):
    if not holds:
        raise Refused(what)


def one(values, what):
    demand(len(values) == 1, f"{what} is absent or repeated")
    return values[0]


def instant(text):
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise Refused("unreadable date") from None


def from_header(request):
    match = AUTHORIZATION.fullmatch(one(wire.header(request, "authorization"), "Authorization"))
    demand(match, "unreadable Authorization")
    date = one(wire.header(request, "x-amz-date"), "X-Amz-Date")
    return {"credential": match[1], "signed": match[2], "signature": match[3], "date": date, "life": 0}


def from_query(pairs):
    part = lambda name: one([value for key, value in pairs if key == f"X-Amz-{name}"], f"X-Amz-{name}")
    demand(part("Algorithm") == "AWS4-HMAC-SHA256", "another algorithm")
    life = part("Expires")
    demand(life.isascii() and life.isdigit() and 0 < int(life) <= LIMIT_SECONDS, "life out of bounds")
    named = {"credential": "Credential", "signed": "SignedHeaders", "signature": "Signature", "date": "Date"}
    return {**{key: part(name) for key, name in named.items()}, "life": int(life)}


def check_payload(request, config, signed):
    given = wire.header(request, "x-amz-content-sha256")
    if not given:
        return
    body_hash = hashlib.sha256(wire.body(request)).hexdigest()
    unsigned = config.get("allow_unsigned_payload") and given == ["UNSIGNED-PAYLOAD"]
    demand(given == [body_hash] or unsigned, "x-amz-content-sha256 is not the body's")
    demand("x-amz-content-sha256" in signed, "x-amz-content-sha256 is not signed")


def frame(case):
    config, request = case["config"], case["request"]
    # White space around a value is no part of it (RFC 9110, 5.5).
    request = {**request, "headers": [[name, value.strip(" \t")] for name, value in request["headers"]]}
    path, query = wire.split_target(request["url"])
    decoded = [[unquote(key), unquote(value)] for key, value in wire.pairs(query)]
    # S3 says "Only one auth mechanism allowed".
    in_query = any(key == "X-Amz-Signature" for key, _ in decoded)
    demand(in_query == (config["form"] == "query") and in_query != bool(wire.header(request, "authorization")), "two signatures or none")
    parts = from_header(request) if config["form"] == "header" else from_query(decoded)
    key_id, day, *scope = parts["credential"].split("/")
    demand(key_id in dict(case["key_db"]), "unknown key")
    demand(scope == [config["region"], config["service"], "aws4_request"], "another scope")
    demand(parts["date"][:8] == day, "two dates")
    at, skew = instant(parts["date"]), config["clock_skew_s"]
    demand(at - skew <= case["now"] <= at + parts["life"] + skew, "outside the window")
    signed = parts["signed"].split(";")
    present = {name.lower() for name, _ in request["headers"]}
    demand(signed == sorted(set(signed)) and set(signed) <= present, "a signed header is absent, repeated or out of order")
    demand("host" in signed and len(wire.header(request, "host")) == 1, "host")
    demand(config["form"] == "query" or "x-amz-date" in signed, "the date is not signed")
    check_payload(request, config, signed)
    return {
        "key_id": key_id, "timestamp": parts["date"], "signature": parts["signature"], "path": path,
        "pairs": [pair for pair in decoded if pair[0] != "X-Amz-Signature"],
        "headers": [[name.lower(), value] for name, value in request["headers"] if name.lower() in signed],
    }
