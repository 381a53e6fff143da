#!/usr/bin/env bash
# The clients, at the versions that requirements.txt and package-lock.json pin, in a folder of their own; again only if
# a pin has changed. Prints nothing where all is there.
#
#     scripts/interop/install.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
pins=$(cat "$here/requirements.txt" "$here/package.json" "$here/package-lock.json" | sha256sum)
if [ "$(cat "$folder/pins" 2> /dev/null)" = "$pins" ]; then
  exit 0
fi
rm -rf "$folder"
mkdir -p "$folder"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
cp "$here/package.json" "$here/package-lock.json" "$folder"
npm ci --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts
echo "$pins" > "$folder/pins"
