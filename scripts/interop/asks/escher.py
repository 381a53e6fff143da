"""Escher, with Antavo's names and with the default ones: header form and presigned URLs, SHA-256 and SHA-512."""
from datetime import datetime, timezone

import shapes

PROFILES = [
    {"algo_prefix": "ANTAVO", "vendor_key": "Antavo", "auth_header_name": "Authorization", "date_header_name": "Date"},
    {"algo_prefix": "ESR", "vendor_key": "Escher", "auth_header_name": "X-Escher-Auth", "date_header_name": "X-Escher-Date"},
]
SCOPES = [["st1/api/antavo_request", "st2/api/antavo_request"], ["eu/example/escher_request", "us-east-1/host/aws4_request"]]


def config(rng):
    which = rng.randrange(len(PROFILES))
    algorithm = rng.choices(["SHA256", "SHA512"], [7, 3])[0]
    return {**PROFILES[which], "hash_algo": algorithm, "credential_scope": rng.choice(SCOPES[which]), "clock_skew_s": 300}


def date_line(rng, names, at):
    """A date header that the caller sets itself, or None: Antavo's clients write three forms of it."""
    when = datetime.fromtimestamp(at, timezone.utc)
    forms = {
        None: 45,
        when.strftime("%Y%m%dT%H%M%SZ"): 35,
        when.strftime("%a, %d %b %Y %H:%M:%S GMT"): 10,
        when.strftime("%Y-%m-%dT%H:%M:%S+00:00"): 10,
    }
    if names["date_header_name"] != "Date":
        forms = dict(zip(forms, [60, 36, 4]))
    value = rng.choices(list(forms), list(forms.values()))[0]
    return [] if value is None else [[names["date_header_name"], value]]


def presigned(rng, ask, at):
    life = rng.choice([1, 60, 3600, 86400, 604800, rng.randrange(1, 604801)])
    ask["now"] = at + rng.choice([-300, 0, life, life + 299, rng.randrange(-300, life + 300)])
    ask["window"] = [at - 300, at + life + 300]
    host, path, query = shapes.host(rng), shapes.path(rng), shapes.query(rng)
    fragment = "#part" if shapes.chance(rng, 0.05) else ""
    url = f"https://{host}{path}" + ("" if query is None else f"?{query}") + fragment
    return {**ask, "kind": "presigned", "expires": life, "request": {"method": "GET", "url": url, "headers": [], "body": ""}}


def header(rng, ask, at):
    method = rng.choice(["TRACE", "CONNECT"]) if shapes.chance(rng, 0.03) else shapes.method(rng)
    query = shapes.query(rng)
    extra = shapes.headers(rng)
    signed = sorted({name.lower(): name for name, _ in extra if shapes.chance(rng, 0.7)}.values())
    if shapes.chance(rng, 0.02):
        signed.append("X-Not-There")
    host_name = rng.choice(["Host", "host", "HOST"])
    lines = extra + [[host_name, shapes.host(rng)]] + date_line(rng, ask["config"], at)
    if shapes.chance(rng, 0.01):
        lines.append([host_name, "second.example.com"])
    rng.shuffle(lines)
    ask["now"] = at + rng.choice([-300, 299, rng.randrange(-300, 300)])
    ask["window"] = [at - 300, at + 300]
    request = {
        "method": method.lower() if shapes.chance(rng, 0.05) else method,
        "url": shapes.path(rng) + ("" if query is None else f"?{query}"),
        "headers": lines,
        "body": shapes.text(rng, shapes.size(rng)) if method in ("POST", "PUT", "PATCH") or shapes.chance(rng, 0.1) else "",
    }
    return {**ask, "kind": "header", "headers_to_sign": signed, "request": request}


def digits_signed(rng, ask, at):
    """A signed header name that the clients sign but do not verify, and nothing else that is odd."""
    request = {"method": "GET", "url": "/customers/1234", "headers": [["Host", "api.example.com"], ["X-Trace_2", "a"]], "body": ""}
    return {**ask, "kind": "header", "mutable": False, "headers_to_sign": ["X-Trace_2"], "now": at, "window": [at, at], "request": request}


def presigned_more(rng, ask, at):
    """A presigned URL that signs more than the host: no client offers that, but they all accept it."""
    ask = presigned(rng, ask, at)
    request = {**ask["request"], "headers": [["X-Signed-Too", "a"]]}
    return {**ask, "mutable": False, "now": at, "headers_to_sign": ["x-signed-too"], "request": request}


def make(rng, name):
    at = shapes.now(rng)
    key = shapes.key_id(rng)
    ask = {"name": name, "scheme": "escher", "config": config(rng), "key_db": [[key, shapes.secret(rng)], ["other", "unused"]], "at": at}
    form = rng.choices([header, presigned, digits_signed, presigned_more], [77, 20, 2, 1])[0]
    return form(rng, ask, at)
