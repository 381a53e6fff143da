#!/usr/bin/env bash
# Signs a request as Antavo's API wants it (Escher) and sends it, with curl and openssl. openssl takes the key as an
# argument, which other users of the machine can see; `date -d` is GNU's.
set -euo pipefail
key=AN1EXAMPLEKEY000001 secret=Example+Secret/For-The-Docs
stack=st1 host=api.st1.antavo.com
method=POST path=/v1/events
query='locale=de&source=web%20shop'           # percent-encoded, and sorted by the encoded pairs
body='{"customer":"1234","action":"point_add"}'

now=${NOW:-$(date +%s)}
date=$(date -u -d "@$now" +%Y%m%dT%H%M%SZ)
scope=${date:0:8}/$stack/api/antavo_request

hash() { openssl dgst -sha256 -r | cut -d' ' -f1; }
hmac() { printf %s "$2" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -r | cut -d' ' -f1; }

canonical="$method
$path
$query
date:$date
host:$host

date;host
$(printf %s "$body" | hash)"
to_sign="ANTAVO-HMAC-SHA256
$date
$scope
$(printf %s "$canonical" | hash)"

signing_key=$(printf %s "ANTAVO$secret" | od -An -v -tx1 | tr -d ' \n')
for part in ${scope//\// }; do signing_key=$(hmac "$signing_key" "$part"); done
signature=$(hmac "$signing_key" "$to_sign")

curl --request "$method" "https://$host$path?$query" \
  --header "Date: $date" \
  --header "Authorization: ANTAVO-HMAC-SHA256 Credential=$key/$scope, SignedHeaders=date;host, Signature=$signature" \
  --header "Content-Type: application/json" \
  --data-binary "$body"
