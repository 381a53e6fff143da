#!/usr/bin/env python3
"""Presigns a URL for Antavo's API (Escher), with the standard library alone, and prints the request that it makes."""
import hashlib
import hmac
import os
import time
from urllib.parse import quote

key, secret = "AN1EXAMPLEKEY000001", "Example+Secret/For-The-Docs"
stack, host = "st1", "api.st1.antavo.com"
path, pairs = "/v1/customers/1234", {"fields": "name,tier"}
life = 3600  # seconds, a week at most

now = int(os.environ.get("NOW", time.time()))
date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
scope = f"{date[:8]}/{stack}/api/antavo_request"
pairs |= {
    "X-Antavo-Algorithm": "ANTAVO-HMAC-SHA256",
    "X-Antavo-Credentials": f"{key}/{scope}",
    "X-Antavo-Date": date,
    "X-Antavo-Expires": str(life),
    "X-Antavo-SignedHeaders": "host",
}
encoded = [f"{quote(name, safe='!*')}={quote(value, safe='!*')}" for name, value in pairs.items()]


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


canonical = "\n".join(["GET", path, "&".join(sorted(encoded)), f"host:{host}", "", "host", sha256("UNSIGNED-PAYLOAD")])
to_sign = "\n".join(["ANTAVO-HMAC-SHA256", date, scope, sha256(canonical)])

signing_key = ("ANTAVO" + secret).encode()
for part in scope.split("/"):
    signing_key = hmac.digest(signing_key, part.encode(), "sha256")
signature = hmac.digest(signing_key, to_sign.encode(), "sha256").hex()

print(f"GET https://{host}{path}?{'&'.join(encoded)}&X-Antavo-Signature={signature}")
print(f"Host: {host}\n")
