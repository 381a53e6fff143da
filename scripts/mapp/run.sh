#!/usr/bin/env bash
# Runs the clients against examples/mapp_server and prints what they saw: the transcript in tests/expected/mapp.
#
#     scripts/mapp/run.sh URL      needs curl, python3 and php (scripts/install.sh)
set -euo pipefail
cd "$(dirname "$0")"
url=$1
shop=(0a1b2c3d4e5f60718293a4b5c6d7e8f9 9f8e7d6c5b4a3021)
report=(1a1b2c3d4e5f60718293a4b5c6d7e8f9 8f9e6d7c4b5a2031)
partner=(2a1b2c3d4e5f60718293a4b5c6d7e8f9 7f6e9d8c3b2a5041)

document() {
  printf '<api><authentication><api_key>%s</api_key><shared_secret>%s</shared_secret></authentication><data>%s</data></api>' "$@"
}
call() {
  printf '<methodCall><methodName>%s</methodName></methodCall>' "$1"
}
say() {
  printf -- '-- %s\n' "$1"
  shift
  curl --silent --show-error --write-out '[%{http_code} %{content_type}]\n' "$@" "$url"
}
list=$(call transactional.listTemplates)

echo "== Python"
python3 client.py "$url" "${shop[@]}"
echo
echo "== PHP"
php client.php "$url" "${shop[@]}"
echo
echo "== curl"
say "a form" --data-urlencode "data=$(document "${shop[@]}" "$list")"
say "XML as it is" --header 'Content-Type: application/xml' --data "$(document "${shop[@]}" "$list")"
say "a form in parts" --form-string "data=$(document "${shop[@]}" "$list")"
say "an address that is not in the list" --data-urlencode "data=$(document "${partner[@]}" "$list")"
say "custom access: what it lists" --data-urlencode "data=$(document "${report[@]}" "$list")"
say "custom access: what it does not" --data-urlencode "data=$(document "${report[@]}" "$(call account.getCategories)")"
say "no data" --data-urlencode "xml=$(document "${shop[@]}" "$list")"
say "a query" --get --data-urlencode "data=$(document "${shop[@]}" "$list")"
say "a document type" --data-urlencode "data=<!DOCTYPE api [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>$(document "${shop[@]}" '&x;')"
