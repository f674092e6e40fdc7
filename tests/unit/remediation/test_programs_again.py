"""A later fix of a program uses what an earlier one left: its accessor, its import, its line in the manifest."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from remediation.planner import plan_fix
from remediation.rewriters.code import accessors, php, ruby
from remediation.rewriters.code.accessors import MARK
from remediation.rewriters.code.model import Accessor, Home
from tests.unit.remediation.building import contents, made_up, snapshot
from tests.unit.remediation.test_configuration import found

FIRST, SECOND = made_up(61, 24), made_up(62, 24)
PACKAGE = {"package.json": '{\n  "dependencies": {\n    "pg": "^8.0.0"\n  }\n}\n'}
MODULE = {"package.json": '{\n  "type": "module"\n}\n'}
# A file as it was, what is written into it after a fix, and how the next fix leaves its imports.
PROGRAMS: Mapping[str, tuple[str, Mapping[str, str], str, str, str]] = {
    "commonjs": (
        "a.js",
        PACKAGE,
        'const apiToken = "FIRST";\n',
        'exports.f = async () => {\n  const authToken = "SECOND";\n};\n',
        'const { secretSync, secret } = require("./app-secrets");\n',
    ),
    "a module": (
        "a.js",
        MODULE,
        'export const apiToken = "FIRST";\n',
        'export function f() {\n  const authToken = "SECOND";\n}\n',
        'import { secret, secretSync } from "./app-secrets.js";\n',
    ),
    "typescript": (
        "src/a.ts",
        PACKAGE,
        "export const apiToken = 'FIRST'\n",
        "export async function f() {\n  const authToken = 'SECOND'\n}\n",
        "import { secretSync, secret } from './app-secrets'\n",
    ),
    "ruby": (
        "bin/a.rb",
        {"Gemfile": 'gem "pg"\n', "lib/b.rb": ""},
        'API_TOKEN = "FIRST"\n',
        'auth_token = "SECOND"\n',
        'require_relative "../lib/app_secrets"\n',
    ),
    "php": (
        "a.php",
        {"composer.json": "{}\n"},
        "<?php\n\n$apiToken = 'FIRST';\n",
        "$authToken = 'SECOND';\n",
        "require_once __DIR__ . '/app_secrets.php';\n",
    ),
}


def fixed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files as a fix leaves them."""
    start = snapshot(files)
    plan = plan_fix(found(contents(start)), start)
    return contents(start) | {edit.path: edit.after for edit in plan.patch.edits}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_later_fix_adds_to_what_an_earlier_one_left(name: str) -> None:
    path, others, before, added, imports = PROGRAMS[name]
    files = {path: before.replace("FIRST", FIRST).encode(), **{each: text.encode() for each, text in others.items()}}

    once = fixed(files)
    twice = fixed({**once, path: once[path] + added.replace("SECOND", SECOND).encode()})

    assert FIRST.encode() not in once[path]
    assert SECOND.encode() not in twice[path]
    assert twice[path].decode().count(imports) == 1
    assert sorted(twice) == sorted(once)
    assert sum(MARK in data for data in twice.values()) == 1


@pytest.mark.parametrize(
    ("accessor", "home"),
    [
        (ruby.ACCESSOR, Home(path="lib/app_secrets.rb", unit="AppSecrets", address="lib/app_secrets", folder="")),
        (php.ACCESSOR, Home(path="src/AppSecrets.php", unit="Acme", address="Acme\\AppSecrets", folder="")),
        (php.ACCESSOR, Home(path="app_secrets.php", unit="", address="AppSecrets", folder="")),
    ],
    ids=["ruby", "php", "php-without-a-loader"],
)
def test_a_later_fix_adds_to_an_accessor_and_leaves_one_that_was_edited(accessor: Accessor, home: Home) -> None:
    first = accessors.source(accessor, home, ["shop/a"])

    later = accessors.updated(accessor, home, first, ["shop/b"], list(accessor.features))

    assert later == accessors.source(accessor, home, ["shop/a", "shop/b"], list(accessor.features))
    assert accessors.updated(accessor, home, later or b"", []) == later
    assert accessors.updated(accessor, home, first + b"\n# ours\n", ["shop/b"]) is None
    assert b"AppSecrets" in first
