#!/usr/bin/env python3
"""Signs a request by RFC 9421 (hmac-sha256), with the standard library alone, and prints it."""
import base64
import hashlib
import hmac
import os
import time

key, secret = "demok_Example000000001", "Example+Secret/For-The-Docs"
host = "api.example.com"
method, path, query = "POST", "/v1/events", "locale=de&source=web%20shop"
body = '{"customer":"1234","action":"point_add"}'

now = int(os.environ.get("NOW", time.time()))
digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}:"
components = {
    "@method": method,
    "@authority": host,
    "@path": path,
    "@query": "?" + query,
    "content-digest": digest,
    "content-type": "application/json",
}
covered = " ".join(f'"{name}"' for name in components)
parameters = f'({covered});created={now};keyid="{key}"'
base = "\n".join([f'"{name}": {value}' for name, value in components.items()] + [f'"@signature-params": {parameters}'])
signature = base64.b64encode(hmac.digest(secret.encode(), base.encode(), "sha256")).decode()

print(f"{method} https://{host}{path}?{query}")
print(f"Host: {host}")
print("Content-Type: application/json")
print(f"Content-Digest: {digest}")
print(f"Signature-Input: sig1={parameters}")
print(f"Signature: sig1=:{signature}:")
print(f"\n{body}")
