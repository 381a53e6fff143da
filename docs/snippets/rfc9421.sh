#!/usr/bin/env bash
# Signs a request by RFC 9421 (hmac-sha256) and sends it, with curl and openssl. openssl takes the key as an
# argument, which other users of the machine can see.
set -euo pipefail
key=demok_Example000000001 secret=Example+Secret/For-The-Docs
host=api.example.com
method=POST path=/v1/events query='locale=de&source=web%20shop'
body='{"customer":"1234","action":"point_add"}'

now=${NOW:-$(date +%s)}
digest="sha-256=:$(printf %s "$body" | openssl dgst -sha256 -binary | openssl base64 -A):"
covered='("@method" "@authority" "@path" "@query" "content-digest" "content-type")'
parameters="$covered;created=$now;keyid=\"$key\""

base="\"@method\": $method
\"@authority\": $host
\"@path\": $path
\"@query\": ?$query
\"content-digest\": $digest
\"content-type\": application/json
\"@signature-params\": $parameters"
signature=$(printf %s "$base" | openssl dgst -sha256 -hmac "$secret" -binary | openssl base64 -A)

curl --request "$method" "https://$host$path?$query" \
  --header "Content-Type: application/json" \
  --header "Content-Digest: $digest" \
  --header "Signature-Input: sig1=$parameters" \
  --header "Signature: sig1=:$signature:" \
  --data-binary "$body"
