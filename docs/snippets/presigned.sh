#!/usr/bin/env bash
# Presigns a URL for Antavo's API (Escher) and calls it, with curl and openssl. openssl takes the key as an argument,
# which other users of the machine can see; `date -d` is GNU's.
set -euo pipefail
key=AN1EXAMPLEKEY000001 secret=Example+Secret/For-The-Docs
stack=st1 host=api.st1.antavo.com
path=/v1/customers/1234 query='fields=name%2Ctier'
life=3600                                     # seconds, a week at most

now=${NOW:-$(date +%s)}
date=$(date -u -d "@$now" +%Y%m%dT%H%M%SZ)
scope=${date:0:8}/$stack/api/antavo_request

hash() { openssl dgst -sha256 -r | cut -d' ' -f1; }
hmac() { printf %s "$2" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -r | cut -d' ' -f1; }

query="$query&X-Antavo-Algorithm=ANTAVO-HMAC-SHA256&X-Antavo-Credentials=$key%2F${scope//\//%2F}&X-Antavo-Date=$date&X-Antavo-Expires=$life&X-Antavo-SignedHeaders=host"
canonical="GET
$path
$(printf %s "$query" | tr '&' '\n' | LC_ALL=C sort | paste -sd '&')
host:$host

host
$(printf UNSIGNED-PAYLOAD | hash)"
to_sign="ANTAVO-HMAC-SHA256
$date
$scope
$(printf %s "$canonical" | hash)"

signing_key=$(printf %s "ANTAVO$secret" | od -An -v -tx1 | tr -d ' \n')
for part in ${scope//\// }; do signing_key=$(hmac "$signing_key" "$part"); done
signature=$(hmac "$signing_key" "$to_sign")

curl --request GET "https://$host$path?$query&X-Antavo-Signature=$signature"
