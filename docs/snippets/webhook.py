#!/usr/bin/env python3
"""Signs a webhook (Standard Webhooks, v1), with the standard library alone, and prints it."""
import base64
import hmac
import os
import time

secret = "whsec_RXhhbXBsZSBzZWNyZXQgZm9yIHRoZSBkb2Nz"
host, path = "hooks.example.com", "/loyalty"
message_id = "msg_2ExampleMessage0001"  # the same for every attempt to deliver this message
body = '{"type":"points.added","data":{"customer":"1234","points":50}}'

now = int(os.environ.get("NOW", time.time()))
secret_bytes = base64.b64decode(secret.removeprefix("whsec_"))
digest = hmac.digest(secret_bytes, f"{message_id}.{now}.{body}".encode(), "sha256")
signature = "v1," + base64.b64encode(digest).decode()

print(f"POST https://{host}{path}")
print(f"Host: {host}")
print("Content-Type: application/json")
print(f"webhook-id: {message_id}")
print(f"webhook-timestamp: {now}")
print(f"webhook-signature: {signature}")
print(f"\n{body}")
