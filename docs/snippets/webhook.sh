#!/usr/bin/env bash
# Signs a webhook (Standard Webhooks, v1) and sends it, with curl and openssl. openssl takes the key as an
# argument, which other users of the machine can see.
set -euo pipefail
secret=whsec_RXhhbXBsZSBzZWNyZXQgZm9yIHRoZSBkb2Nz
url=https://hooks.example.com/loyalty
id=msg_2ExampleMessage0001                    # the same for every attempt to deliver this message
body='{"type":"points.added","data":{"customer":"1234","points":50}}'

now=${NOW:-$(date +%s)}
secret_hex=$(printf %s "${secret#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
signature=$(printf %s "$id.$now.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$secret_hex" -binary | openssl base64 -A)

curl --request POST "$url" \
  --header "Content-Type: application/json" \
  --header "webhook-id: $id" \
  --header "webhook-timestamp: $now" \
  --header "webhook-signature: v1,$signature" \
  --data-binary "$body"
