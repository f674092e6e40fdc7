#!/bin/sh
# Puts AWS's SDK for JavaScript, and what checks TypeScript, into the checkout's cache, once, and prints the folder that holds it.
set -eu
version=3.1164.0
folder="$(cd "$(dirname "$0")/.." && pwd)/.cache/javascript-$version"
if [ ! -d "$folder" ]; then
    mkdir -p "$(dirname "$folder")"
    echo '*' >"$(dirname "$folder")/.gitignore"
    # Two test processes may come here at once: npm works in a folder of its own, which is then put in place.
    fresh="$(mktemp -d "$folder.XXXXXX")"
    trap 'rm -rf "$fresh"' EXIT
    npm install --prefix "$fresh" --no-save --no-audit --no-fund --ignore-scripts \
        "@aws-sdk/client-secrets-manager@$version" typescript@5.9.3 @types/node@20.19.25 >&2
    [ -d "$folder" ] || mv "$fresh" "$folder"
fi
echo "$folder"
