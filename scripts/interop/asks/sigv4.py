"""AWS Signature Version 4: header form and presigned URLs, S3's rules and those of every other service."""
import base64

import shapes

HEADERS = ("Content-Type", "Accept", "X-Request-Id", "X-Amz-Meta-Note", "X-A", "Range")


def config(rng):
    s3 = shapes.chance(rng, 0.35)
    form = rng.choices(["header", "query"], [7, 3])[0]
    return {
        "region": rng.choice(["us-east-1", "eu-central-1"]), "service": "s3" if s3 else rng.choice(["execute-api", "service"]),
        "form": form, "normalize_path": not s3, "double_encode_path": not s3, "clock_skew_s": 900,
        "session_token": None, "omit_session_token": False, "allow_unsigned_payload": s3 and form == "query",
    }


def lines(rng):
    """Header lines; non-ASCII is left out, the two clients write its bytes differently."""
    found = [[shapes.header_name(rng, HEADERS), shapes.header_value(rng)] for _ in range(rng.randrange(4))]
    if found and shapes.chance(rng, 0.15):
        found.append([found[0][0], shapes.header_value(rng)])
    return [[name, value] for name, value in found if value.isascii()]


def make(rng, name):
    at = shapes.now(rng)
    profile = config(rng)
    presigned = profile["form"] == "query"
    method = "GET" if presigned else shapes.method(rng)
    # Both clients work on text, so an escape that is not UTF-8 cannot be put to them.
    query = shapes.query(rng, plus=False, odd=False)
    body = shapes.text(rng, shapes.size(rng)).encode() if method in ("POST", "PUT", "PATCH") else b""
    if body and shapes.chance(rng, 0.2):
        body = rng.randbytes(len(body))
    life = rng.choice([1, 900, 604800, rng.randrange(1, 604801)])
    window = [at - 900, at + 900 + (life if presigned else 0)]
    if shapes.chance(rng, 0.08):
        profile["session_token"] = "invented/" + shapes.secret(rng)
    return {
        "name": name, "scheme": "sigv4", "kind": "presigned" if presigned else "header", "config": profile,
        "key_db": [["AKID" + shapes.key_id(rng)[3:], shapes.secret(rng)]], "at": at, "expires": life,
        "now": rng.choice(window + [rng.randrange(window[0], window[1] + 1)]), "window": window,
        "host": shapes.host(rng), "path": shapes.path(rng), "query": query,
        "request": {"method": method, "headers": lines(rng), "body_b64": base64.b64encode(body).decode()},
    }
