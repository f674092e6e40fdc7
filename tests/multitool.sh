#!/bin/sh
# Puts Microsoft's SARIF multitool into the checkout's cache, once, and prints the path of its program.
set -eu
version=5.7.0
folder="$(cd "$(dirname "$0")/.." && pwd)/.cache/sarif-multitool-$version"
program="$folder/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
if [ ! -x "$program" ]; then
    mkdir -p "$folder"
    echo '*' >"$(dirname "$folder")/.gitignore"
    # Two test processes may come here at once: npm works in a folder of its own, which is then put in place.
    fresh="$(mktemp -d "$folder.XXXXXX")"
    trap 'rm -rf "$fresh"' EXIT
    npm install --prefix "$fresh" --no-save --no-audit --no-fund --ignore-scripts \
        "@microsoft/sarif-multitool-linux@$version" >&2
    chmod +x "$fresh/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
    rm -rf "$folder"
    mv "$fresh" "$folder"
fi
echo "$program"
