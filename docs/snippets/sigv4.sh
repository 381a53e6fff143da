#!/usr/bin/env bash
# Signs a request with AWS Signature Version 4 and sends it, with curl and openssl. openssl takes the key as an
# argument, which other users of the machine can see; `date -d` is GNU's.
set -euo pipefail
key=AKIDEXAMPLEKEY000001 secret=Example+Secret/For-The-Docs
region=eu-central-1 service=execute-api host=api.example.com
method=POST path=/v1/events                   # without dot segments, `//` and escapes: those are encoded once more
query='locale=de&source=web%20shop'           # percent-encoded, and sorted by name, then value
body='{"customer":"1234","action":"point_add"}'

now=${NOW:-$(date +%s)}
date=$(date -u -d "@$now" +%Y%m%dT%H%M%SZ)
scope=${date:0:8}/$region/$service/aws4_request

hash() { openssl dgst -sha256 -r | cut -d' ' -f1; }
hmac() { printf %s "$2" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -r | cut -d' ' -f1; }

signed='host;x-amz-date'
canonical="$method
$path
$query
host:$host
x-amz-date:$date

$signed
$(printf %s "$body" | hash)"
to_sign="AWS4-HMAC-SHA256
$date
$scope
$(printf %s "$canonical" | hash)"

signing_key=$(printf %s "AWS4$secret" | od -An -v -tx1 | tr -d ' \n')
for part in ${scope//\// }; do signing_key=$(hmac "$signing_key" "$part"); done
signature=$(hmac "$signing_key" "$to_sign")

curl --request "$method" "https://$host$path?$query" \
  --header "X-Amz-Date: $date" \
  --header "Authorization: AWS4-HMAC-SHA256 Credential=$key/$scope, SignedHeaders=$signed, Signature=$signature" \
  --header "Content-Type: application/json" \
  --data-binary "$body"
