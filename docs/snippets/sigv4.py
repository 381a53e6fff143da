#!/usr/bin/env python3
"""Signs a request with AWS Signature Version 4, with the standard library alone, and prints it."""
import hashlib
import hmac
import os
import time
from urllib.parse import quote

key, secret = "AKIDEXAMPLEKEY000001", "Example+Secret/For-The-Docs"
region, service, host = "eu-central-1", "execute-api", "api.example.com"
method, path = "POST", "/v1/events"  # without dot segments and `//`
pairs = {"source": "web shop", "locale": "de"}
body = '{"customer":"1234","action":"point_add"}'

now = int(os.environ.get("NOW", time.time()))
date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
scope = f"{date[:8]}/{region}/{service}/aws4_request"
query = "&".join("=".join(pair) for pair in sorted((quote(name, safe=""), quote(value, safe="")) for name, value in pairs.items()))


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


headers = {"host": host, "x-amz-date": date}
signed = ";".join(headers)
lines = [f"{name}:{value}" for name, value in headers.items()]
canonical = "\n".join([method, quote(path, safe="/~"), query, *lines, "", signed, sha256(body)])
to_sign = "\n".join(["AWS4-HMAC-SHA256", date, scope, sha256(canonical)])

signing_key = ("AWS4" + secret).encode()
for part in scope.split("/"):
    signing_key = hmac.digest(signing_key, part.encode(), "sha256")
signature = hmac.digest(signing_key, to_sign.encode(), "sha256").hex()

print(f"{method} https://{host}{path}?{query}")
print(f"Host: {host}")
print(f"X-Amz-Date: {date}")
print(f"Authorization: AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={signed}, Signature={signature}")
print("Content-Type: application/json")
print(f"\n{body}")
