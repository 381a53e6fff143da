"""Standard Webhooks: secrets with and without prefix, several signatures in one header, bodies of any length."""
import base64
import string

import shapes


def secret(rng):
    text = base64.b64encode(rng.randbytes(rng.choice([24, 32, 33, 64]))).decode()
    if shapes.chance(rng, 0.1):
        text = text.rstrip("=")
    return ("whsec_" if shapes.chance(rng, 0.8) else "") + text


def make(rng, name):
    at = shapes.now(rng)
    message = rng.choice(["msg_", "evt-", ""]) + "".join(rng.choices(string.ascii_letters + string.digits, k=20))
    extra = [[shapes.header_name(rng), "application/json"]] if shapes.chance(rng, 0.5) else []
    return {
        "name": name, "scheme": "standard_webhooks", "kind": "header", "config": {"tolerance_s": 300}, "secret": secret(rng), "at": at,
        "now": at + rng.choice([-300, 0, 300, rng.randrange(-300, 301)]),
        "window": [at - 300, at + 300], "message": message,
        "beside": rng.choice(["", "", "", "v1,AAAA ", "v1a,AAAA ", "v2,zzzz "]), "behind": rng.choice(["", "", " v1,AAAA", " v0,x"]),
        "names": rng.choice([str.lower, str.title, str.upper])("webhook-"),
        "request": {"method": "POST", "url": "/hooks", "headers": extra, "body": shapes.text(rng, shapes.size(rng))},
    }
