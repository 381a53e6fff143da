#!/usr/bin/env python3
"""Signs a request as Antavo's API wants it (Escher), with the standard library alone, and prints it."""
import hashlib
import hmac
import os
import time
from urllib.parse import quote

key, secret = "AN1EXAMPLEKEY000001", "Example+Secret/For-The-Docs"
stack, host = "st1", "api.st1.antavo.com"
method, path = "POST", "/v1/events"
pairs = {"source": "web shop", "locale": "de"}
body = '{"customer":"1234","action":"point_add"}'

now = int(os.environ.get("NOW", time.time()))
date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
scope = f"{date[:8]}/{stack}/api/antavo_request"
query = "&".join(sorted(f"{quote(name, safe='!*')}={quote(value, safe='!*')}" for name, value in pairs.items()))


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


canonical = "\n".join([method, path, query, f"date:{date}", f"host:{host}", "", "date;host", sha256(body)])
to_sign = "\n".join(["ANTAVO-HMAC-SHA256", date, scope, sha256(canonical)])

signing_key = ("ANTAVO" + secret).encode()
for part in scope.split("/"):
    signing_key = hmac.digest(signing_key, part.encode(), "sha256")
signature = hmac.digest(signing_key, to_sign.encode(), "sha256").hex()

print(f"{method} https://{host}{path}?{query}")
print(f"Host: {host}")
print(f"Date: {date}")
print(f"Authorization: ANTAVO-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders=date;host, Signature={signature}")
print("Content-Type: application/json")
print(f"\n{body}")
