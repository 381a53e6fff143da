"""RFC 9421 with hmac-sha256: derived components, fields with and without parameters, digests, every signature parameter."""
import base64
import hashlib
from urllib.parse import unquote_plus

import shapes
import wire

DERIVED = ["@method", "@authority", "@path", "@query", "@target-uri", "@request-target", "@scheme"]
HEADERS = ("Content-Type", "Accept", "X-Request-Id", "Date-Like", "X-A", "Priority")


def digest(rng, body):
    """Content-Digest (RFC 9530): one algorithm or both."""
    sums = {name: base64.b64encode(hashlib.new(name.replace("-", ""), body).digest()).decode() for name in ("sha-256", "sha-512")}
    chosen = rng.choice([["sha-256"], ["sha-512"], ["sha-256", "sha-512"]])
    return ", ".join(f"{name}=:{sums[name]}:" for name in chosen)


def components(rng, fields, query):
    names = rng.sample(DERIVED, rng.randrange(1, 5))
    if shapes.chance(rng, 0.4):
        names = ["@method", "@authority", "@path", "@query"]
    for name in sorted({name.lower() for name, _ in fields}):
        if shapes.chance(rng, 0.7):
            names.append(f'"{name}";bs' if shapes.chance(rng, 0.1) else name)
    names_only = [unquote_plus(key) for key, _ in wire.pairs(query)]
    plain = sorted({name for name in names_only if name.isascii() and name.isalnum() and names_only.count(name) == 1})
    if plain and shapes.chance(rng, 0.2):
        names.append(f'"@query-param";name="{rng.choice(plain)}"')
    return names


def make(rng, name):
    at = shapes.now(rng)
    method = shapes.method(rng)
    fields = [[shapes.header_name(rng, HEADERS), shapes.header_value(rng)] for _ in range(rng.randrange(4))]
    fields = [[name, value] for name, value in fields if value.isascii()]
    query = shapes.query(rng, plus=True, odd=False)
    # As it stands on the wire: RFC 9421 signs ASCII only.
    path = shapes.path(rng, odd=shapes.chance(rng, 0.2)).encode("ascii", "ignore").decode()
    body = shapes.text(rng, shapes.size(rng)).encode() if method in ("POST", "PUT", "PATCH") else b""
    chosen = components(rng, fields, query)
    if body:
        fields.append(["Content-Digest", digest(rng, body)])
        chosen.append("content-digest")
    host = shapes.host(rng)
    skew, age = rng.choice([0, 5, 60]), rng.choice([None, 300, 900])
    life = rng.choice([None, 60, 300, 900])
    latest = min([value for value in (age, life) if value is not None], default=5000)
    return {
        "name": name, "scheme": "rfc9421", "kind": "header",
        "config": {"clock_skew_s": skew, "max_age_s": age, "require_created": True, "required_components": []},
        "key_db": [["shared-" + shapes.key_id(rng), base64.b64encode(rng.randbytes(rng.choice([32, 48, 64]))).decode()]],
        "key_encoding": "base64", "at": at, "now": at + rng.choice([-skew, 0, latest, latest + skew, rng.randrange(latest + 1)]),
        "window": [at - skew, at + latest + skew],
        "components": chosen, "label": rng.choice(["sig1", "sig", "sig-b25", "k"]),
        "parameters": {
            "expires": None if life is None else at + life, "alg": shapes.chance(rng, 0.5),
            "nonce": shapes.secret(rng) if shapes.chance(rng, 0.4) else None, "tag": "app-1" if shapes.chance(rng, 0.3) else None,
        },
        "request": {
            "method": method, "url": f"https://{host}{path}" + ("" if query is None else f"?{query}"),
            "headers": [["Host", host]] + fields, "body": body.decode(),
        },
    }
