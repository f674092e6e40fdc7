"""Rewritten JavaScript and TypeScript: checked by the compiler, and run by node, it says what it said before."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from remediation.rewriters.code import accessors, ecmascript_packages, javascript, typescript
from remediation.rewriters.code.model import Home
from tests.testing.server import Server, running_server
from tests.unit.remediation.building import made_up
from tests.unit.remediation.running import Sides, shapes, written

CHECKOUT = Path(__file__).parents[3]
TOOLS = CHECKOUT / "tests/testing/javascript"
PROGRAMS = {
    "javascript": {
        "classes": "index.js",
        "commonjs": "server.js",
        "logins": "db.js",
        "mixed": "index.js",
        "modules": "src/main.js",
        "name_clash": "index.js",
        "octets": "keys.js",
        "order": "order.js",
        "sums": "server.js",
        "texts": "keys.js",
        "urls": "db.js",
    },
    "typescript": {
        "bundled": "src/index.js",
        "commonjs": "dist/src/main.js",
        "modules": "dist/main.js",
        "octets": "dist/src/main.js",
        "strict_types": "dist/src/keys.js",
        "sums": "dist/src/main.js",
    },
}
# Loading the SDK takes its time in each of them: these read in every way there is.
STORED = {"javascript": ["mixed", "modules", "order"], "typescript": ["modules"]}
ROTATING = "shop/db/orders"
PROBE = b"""
const { secret, secretSync } = require("./app-secrets.cjs");
(async () => {
  for (const asked of process.argv.slice(2)) {
    const [name, field] = asked.split(" ");
    for (const read of [() => secretSync(name, field), () => secret(name, field)]) {
      console.log(await Promise.resolve().then(read).catch(String));
    }
  }
})();
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Every shape of both languages before and after, compiled where that is due."""

    folder: Path
    sides: Mapping[str, Mapping[str, Sides]]
    said: str

    def says(self, language: str, side: str, environment: Mapping[str, str], names: Iterable[str] = ()) -> list[str]:
        """Return what each program of a language prints, or those that are named."""
        programs = PROGRAMS[language]
        paths = [self.folder / language / side / name / programs[name] for name in names or programs]
        return node(TOOLS / "run.mjs", *paths, environment=environment)

    def overrides(self, language: str) -> dict[str, str]:
        """Return the environment that stands in for the store."""
        return {name: value for shape in self.sides[language].values() for name, value in shape.overrides().items()}


def node(*arguments: str | Path, environment: Mapping[str, str]) -> list[str]:
    """Return the lines that node prints."""
    done = subprocess.run(
        ["node", *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    found = subprocess.run([CHECKOUT / "tests/aws_sdk_javascript.sh"], check=True, stdout=subprocess.PIPE, text=True)
    modules = Path(found.stdout.strip()) / "node_modules"
    folder = tmp_path_factory.mktemp("javascript")
    (folder / "node_modules").symlink_to(modules)
    sides = {language: {shape.name: shape for shape in shapes(language)} for language in PROGRAMS}
    for language, each in sides.items():
        for name, shape in each.items():
            written(folder / language / "before" / name, shape.before)
            written(folder / language / "after" / name, shape.after)
    projects = [folder / "typescript" / side / name for side in ("before", "after") for name in sides["typescript"]]
    said = node(TOOLS / "compile.cjs", modules, *projects, environment={})
    written(folder / "probe", {"app-secrets.cjs": probed(), "probe.cjs": PROBE})
    return Built(folder=folder, sides=sides, said="\n".join(said))


def probed() -> bytes:
    home = Home(path="app-secrets.cjs", unit="cjs", address="app-secrets", folder="")
    return accessors.source(javascript.ACCESSOR, home, [ROTATING])


def test_every_shape_is_run() -> None:
    there = {
        language: sorted(path.name for path in (CHECKOUT / "fixtures/rewrites" / language).iterdir())
        for language in PROGRAMS
    }

    assert there == {language: sorted(programs) for language, programs in PROGRAMS.items()}


def test_rewritten_typescript_passes_the_compiler_at_its_strictest(built: Built) -> None:
    assert built.said == ""


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_rewritten_program_says_the_same_by_the_environment(built: Built, language: str) -> None:
    before = built.says(language, "before", {})

    assert not any("Error" in each for each in before)
    assert built.says(language, "after", built.overrides(language)) == before


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("vault") / "data") as running:
        yield running


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_rewritten_program_says_the_same_by_the_store(built: Built, server: Server, language: str) -> None:
    for shape in (built.sides[language][name] for name in STORED[language]):
        for secret in shape.plan.secrets:
            name, value = f"{language}-{secret.name}", secret.payload().reveal_text()
            server.client().create_secret(Name=name, SecretString=value)
    for name in STORED[language]:
        shutil.copytree(built.folder / language / "after" / name, built.folder / language / "stored" / name)
    renamed(built.folder / language / "stored", language)

    before = built.says(language, "before", {}, STORED[language])

    assert built.says(language, "stored", reached(server), STORED[language]) == before


def renamed(folder: Path, language: str) -> None:
    """Give the secrets of a language names of their own: both languages are read of one store."""
    for path in (each for each in folder.rglob("*.*js") if each.is_file()):
        text = path.read_text()
        for quote in "'\"":
            for name in PROGRAMS[language]:
                text = text.replace(f"{quote}{name}/", f"{quote}{language}-{name}/")
        path.write_text(text)


def reached(server: Server) -> dict[str, str]:
    return {**server.environment(), "AWS_REGION": server.region, "AWS_ENDPOINT_URL": server.url}


def asked(built: Built, *names: str, environment: Mapping[str, str]) -> list[str]:
    return node(built.folder / "probe/probe.cjs", *names, environment=environment)


def test_a_secret_is_read_whole_by_field_and_with_its_cause_by_both_ways(built: Built, server: Server) -> None:
    value = made_up(7)
    server.client().create_secret(Name=ROTATING, SecretString=json.dumps({"password": value, "port": 5432}))
    server.client().create_secret(Name="shop/key", SecretBinary=b"\x00\xff")

    said = asked(
        built, f"{ROTATING} password", f"{ROTATING} port", f"{ROTATING} user", "shop/key", "shop/none",
        environment=reached(server),
    )  # fmt: skip

    assert said[::2] == said[1::2]
    assert said[::2] == [
        value,
        "5432",
        f"SecretError: the secret {ROTATING} is no JSON object with the field user",
        "SecretError: the secret shop/key is binary",
        "SecretError: the secret shop/none is not in this store, account and region (ResourceNotFoundException)",
    ]


def test_a_store_that_does_not_answer_is_said_with_the_secret(built: Built) -> None:
    environment = {
        "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": made_up(1), "AWS_SECRET_ACCESS_KEY": made_up(2),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    }  # fmt: skip

    said = asked(built, "shop/none", environment=environment)

    assert said == ["SecretError: no store answered for the secret shop/none (ECONNREFUSED)"] * 2


def test_the_variable_of_a_field_wins_over_that_of_the_whole_and_an_empty_one_is_none(built: Built) -> None:
    environment = {"SHOP_DB_ORDERS": '{"password": "of the whole"}', "SHOP_DB_ORDERS__PASSWORD": ""}
    both = {**environment, "SHOP_DB_ORDERS__PASSWORD": "of the field"}

    assert asked(built, f"{ROTATING} password", environment=environment) == ["of the whole"] * 2
    assert asked(built, f"{ROTATING} password", environment=both) == ["of the field"] * 2


@pytest.mark.parametrize("language", [javascript, typescript])
@pytest.mark.parametrize("unit", ["esm", "cjs"])
def test_a_later_fix_adds_to_an_accessor_and_leaves_one_that_was_edited(language: object, unit: str) -> None:
    accessor = language.ACCESSOR  # type: ignore[attr-defined]
    home = Home(path="app-secrets.js", unit=unit, address="app-secrets", folder="")
    first = accessors.source(accessor, home, ["shop/a"])

    later = accessors.updated(accessor, home, first, ["shop/b"])

    assert later == accessors.source(accessor, home, ["shop/a", "shop/b"])
    assert accessors.updated(accessor, home, later or b"", []) == later
    assert accessors.updated(accessor, home, first + b"\n// ours\n", ["shop/b"]) is None


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ('{"compilerOptions": {"module": "NodeNext"}}', "nodenext"),
        ('{"extends": "./base.json", /* "module": "commonjs" */ "compilerOptions": {}}', "esnext"),
        ('{"extends": "@tsconfig/node20/tsconfig.json"}', "nodenext"),
        ("{}", ""),
    ],
)
def test_the_compilers_settings_are_read_with_what_they_extend(config: str, expected: str) -> None:
    tree = {"tsconfig.json": config.encode(), "base.json": b'{"compilerOptions": {"module": "esnext"}}'}

    assert ecmascript_packages.compiler_of(tree, "src/a.ts").module == expected
