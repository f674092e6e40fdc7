"""AWS's SDK is listed once in `package.json`, Gemfile, gemspec and `composer.json`, in the file's own style."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from remediation.manifests import composer, gems, npm
from remediation.model import Entry, Step
from tests.unit.remediation.building import snapshot

SDK = '"@aws-sdk/client-secrets-manager"'


def with_npm(files: Mapping[str, str], folder: str = "", *, typed: bool = False) -> tuple[str, list[Step]]:
    edits, steps = npm.add_sdk(snapshot(files).entries, folder, typed=typed)
    return "".join(edit.after.decode() for edit in edits), list(steps)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}\n", '{\n  "dependencies": {\n    ' + SDK + ': "^3.700.0"\n  }\n}\n'),
        ('{\n  "name": "a"\n}', '{\n  "name": "a",\n  "dependencies": {\n    ' + SDK + ': "^3.700.0"\n  }\n}'),
        (
            '{\r\n\t"name": "a"\r\n}\r\n',
            '{\r\n\t"name": "a",\r\n\t"dependencies": {\r\n\t\t' + SDK + ': "^3.700.0"\r\n\t}\r\n}\r\n',
        ),
        (
            '{\n  "dependencies": {\n    "b": "~1.0.0",\n    "a": "~2.0.0"\n  }\n}',
            '{\n  "dependencies": {\n    "b": "~1.0.0",\n    "a": "~2.0.0",\n    ' + SDK + ': "~3.700.0"\n  }\n}',
        ),
        (
            '{\n  "devDependencies": {\n    "b": "1.0.0", "c": "2.0.0"\n  }\n}',
            '{\n  "dependencies": {\n    ' + SDK + ': "3.700.0"\n  },\n'
            '  "devDependencies": {\n    "b": "1.0.0", "c": "2.0.0"\n  }\n}',
        ),
        ('{"dependencies": {}}', '{"dependencies": {' + SDK + ': "^3.700.0"}}'),
    ],
)
def test_a_package_lists_the_sdk_in_its_own_style(before: str, after: str) -> None:
    assert with_npm({"package.json": before})[0] == after


def test_a_package_that_lists_the_sdk_is_left() -> None:
    assert with_npm({"package.json": '{"dependencies": {' + SDK + ': "^3.1.0"}}'}) == ("", [])


def test_a_package_that_lists_the_sdk_for_its_tests_is_left_to_a_person() -> None:
    after, steps = with_npm({"package.json": '{"devDependencies": {' + SDK + ': "^3.1.0"}}'})

    assert after == ""
    assert "devDependencies" in steps[0].reason


@pytest.mark.parametrize(
    ("lock", "command"),
    [
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lockb", "bun"),
        ("package-lock.json", "npm"),
        ("x", "npm"),
    ],
)
def test_the_command_is_that_of_the_lock_file_of_the_workspace(lock: str, command: str) -> None:
    files = {"package.json": "{}", lock: "", "packages/a/package.json": "{}"}

    after, steps = with_npm(files, "packages/a")

    assert SDK in after
    assert steps[0].action == f"run {command} install"


def test_typescript_lists_the_types_of_node_where_nothing_above_does() -> None:
    files = {"package.json": '{"devDependencies": {"@types/node": "*"}}', "a/package.json": "{}"}

    assert "@types/node" not in with_npm(files, "a", typed=True)[0]
    assert '"@types/node": "^20.14.0"' in with_npm({"package.json": "{}"}, typed=True)[0]


def test_a_package_without_a_manifest_is_left_to_a_person() -> None:
    assert with_npm({"a.js": ""})[1][0].action == "run npm install @aws-sdk/client-secrets-manager"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("Gemfile", "gem 'rack'\ngem 'puma'\n", "gem 'rack'\ngem 'puma'\ngem 'aws-sdk-secretsmanager'\n"),
        (
            "Gemfile",
            'gem "rack", "~> 3.0"\r\n',
            'gem "aws-sdk-secretsmanager", "~> 1.90"\r\ngem "rack", "~> 3.0"\r\n',
        ),
        ("Gemfile", 'source "x"\n', 'source "x"\ngem "aws-sdk-secretsmanager"\n'),
        (
            "a.gemspec",
            "Gem::Specification.new do |s|\n  s.name = 'a'\n  s.add_runtime_dependency('rack', '>= 2')\nend\n",
            "Gem::Specification.new do |s|\n  s.name = 'a'\n"
            "  s.add_runtime_dependency('aws-sdk-secretsmanager', '~> 1.90')\n"
            "  s.add_runtime_dependency('rack', '>= 2')\nend\n",
        ),
        (
            "a.gemspec",
            'Gem::Specification.new do |s|\n  s.name = "a"\nend\n',
            'Gem::Specification.new do |s|\n  s.name = "a"\n'
            '  s.add_dependency "aws-sdk-secretsmanager", "~> 1.90"\nend\n',
        ),
    ],
)
def test_a_project_of_ruby_lists_the_gem_in_its_own_style(path: str, before: str, after: str) -> None:
    entries: Mapping[str, Entry] = snapshot({path: before}).entries

    edits, steps = gems.add_sdk(entries, "")

    assert [edit.after.decode() for edit in edits] == [after]
    assert steps[0].action == "run bundle install"
    assert gems.add_sdk(snapshot({path: after}).entries, "") == ((), ())


def test_composer_lists_the_package_in_its_own_style() -> None:
    before = '{\n    "require": {\n        "php": ">=8.1"\n    },\n    "require-dev": {}\n}\n'

    edits, steps = composer.add_sdk(snapshot({"composer.json": before}).entries, "")

    after = before.replace('">=8.1"', '">=8.1",\n        "aws/aws-sdk-php": "^3.288"')
    assert [edit.after.decode() for edit in edits] == [after]
    assert steps[0].action == "run composer update aws/aws-sdk-php"
