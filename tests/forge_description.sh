#!/bin/sh
# Puts Prism and the part of GitHub's published API description that requests use into the checkout's cache, once,
# with the schema of its GraphQL API, and prints the folder: `github.json`, `examples.json`, `schema.graphql` and
# `node_modules/.bin/prism`.
set -eu
prism=5.14.2
description=23.0.2
schema=15.26.1
here="$(cd "$(dirname "$0")" && pwd)"
parts="$(cksum <"$here/trim_description.mjs" | cut -d' ' -f1)"
folder="$(cd "$here/.." && pwd)/.cache/forge-description-$prism-$description-$schema-$parts"
if [ ! -d "$folder" ]; then
    mkdir -p "$(dirname "$folder")"
    echo '*' >"$(dirname "$folder")/.gitignore"
    # Two test processes may come here at once: npm works in a folder of its own, which is then put in place.
    fresh="$(mktemp -d "$folder.XXXXXX")"
    trap 'rm -rf "$fresh"' EXIT
    npm install --prefix "$fresh" --no-save --no-audit --no-fund --ignore-scripts \
        "@stoplight/prism-cli@$prism" "@octokit/openapi@$description" "@octokit/graphql-schema@$schema" >&2
    node "$here/trim_description.mjs" "$fresh/node_modules/@octokit/openapi/generated/api.github.com.json" "$fresh"
    cp "$fresh/node_modules/@octokit/graphql-schema/schema.graphql" "$fresh"
    # The whole of it are 400 MB.
    rm -rf "$fresh/node_modules/@octokit"
    [ -d "$folder" ] || mv "$fresh" "$folder"
fi
echo "$folder"
