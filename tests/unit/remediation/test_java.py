"""Rewritten Java compiles and says what it said: by the environment, and by the store."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from remediation.rewriters.code import accessors, java
from remediation.rewriters.code.model import Home
from tests.unit.remediation.building import made_up
from tests.unit.remediation.running import Sides, shapes, written

CHECKOUT = Path(__file__).parents[3]
STUBS = CHECKOUT / "tests/testing/sdk_stubs/java"
HOME = Home(path="probe/AppSecrets.java", unit="probe", address="probe.AppSecrets", folder="")
ROTATING = "shop/db/orders"
MAIN = b"""
import java.util.Base64;
import probe.AppSecrets;

public final class Main {
    public static void main(String[] names) {
        for (String name : names) {
            String said;
            try {
                said = said(name.split(" "));
            } catch (Throwable thrown) {
                Throwable cause = thrown.getCause() == null ? thrown : thrown.getCause();
                said = cause.getCause() == null ? cause.getMessage() : cause.getCause().getMessage();
            }
            System.out.println(said);
        }
    }

    private static String said(String[] words) throws Exception {
        if (words[0].equals("run")) {
            return Class.forName("com.acme." + words[1] + ".Shop").getMethod("values").invoke(null).toString();
        }
        if (words[0].equals("bytes")) {
            return Base64.getEncoder().encodeToString(AppSecrets.secretBytes(words[1]));
        }
        return words.length == 2 ? AppSecrets.secret(words[1]) : AppSecrets.secret(words[1], words[2]);
    }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """Everything compiled at once: each shape before and after, in packages of their own."""

    classes: Path
    sides: Mapping[str, Sides]
    said: str

    def says(self, *asked: str, environment: Mapping[str, str]) -> list[str]:
        """Return what a Java machine prints for each thing it is asked."""
        done = subprocess.run(
            ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", self.classes, "Main", *asked],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split("\n")[:-1]


def renamed(files: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    """Return a side's Java in a package of its own."""
    return {
        f"{name}/{path}": data.replace(b"com.acme.shop", f"com.acme.{name}".encode())
        for path, data in files.items()
        if path.endswith(".java")
    }


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    folder = tmp_path_factory.mktemp("java")
    sides = {shape.name: shape for shape in shapes("java")}
    for shape in sides.values():
        written(folder, renamed(shape.before, f"{shape.name}_before"))
        written(folder, renamed(shape.after, f"{shape.name}_after"))
    accessor = accessors.source(java.ACCESSOR, HOME, [ROTATING], ["bytes", "url"])
    written(folder, {"Main.java": MAIN, HOME.path: accessor})
    sources = {path.read_bytes(): path for path in sorted(folder.rglob("*.java"))}
    done = subprocess.run(
        ["javac", "-Xlint:all", "-d", folder / "classes", *sources.values(), *STUBS.rglob("*.java")],
        capture_output=True,
        text=True,
        check=False,
    )
    return Compiled(classes=folder / "classes", sides=sides, said=done.stdout + done.stderr)


def test_everything_compiles_without_a_warning(compiled: Compiled) -> None:
    assert compiled.said == ""


def asked(compiled: Compiled, side: str) -> list[str]:
    return [f"run {name}_{side}" for name in compiled.sides]


def test_a_rewritten_program_says_the_same_by_the_environment(compiled: Compiled) -> None:
    environment = {key: value for shape in compiled.sides.values() for key, value in shape.overrides().items()}

    before = compiled.says(*asked(compiled, "before"), environment={})

    assert compiled.says(*asked(compiled, "after"), environment=environment) == before


def test_a_rewritten_program_says_the_same_by_the_store(compiled: Compiled, tmp_path: Path) -> None:
    for shape in compiled.sides.values():
        shape.store(tmp_path)

    before = compiled.says(*asked(compiled, "before"), environment={})

    assert compiled.says(*asked(compiled, "after"), environment={"STUB_STORE": str(tmp_path)}) == before


def test_a_secret_is_read_of_the_store_whole_by_field_and_as_bytes(compiled: Compiled, tmp_path: Path) -> None:
    value = made_up(7)
    (tmp_path / "shop_db_orders").write_text(f'{{"password": "{value}", "port": 5432}}')
    (tmp_path / "shop_key.bin").write_bytes(b"\x00\xff\x10")

    said = compiled.says(
        f"ask {ROTATING} password",
        f"ask {ROTATING} port",
        f"ask {ROTATING} user",
        "bytes shop/key",
        "ask shop/key",
        "ask shop/none",
        environment={"STUB_STORE": str(tmp_path)},
    )

    assert said == [
        value,
        "5432",
        f"the secret {ROTATING} is no JSON object with the field user",
        "AP8Q",
        "the secret shop/key is binary",
        "the secret shop/none is not in this store, account and region (ResourceNotFoundException)",
    ]


def test_the_variable_of_a_field_wins_over_that_of_the_whole_and_an_empty_one_is_none(compiled: Compiled) -> None:
    environment = {"SHOP_DB_ORDERS": '{"password": "of the whole"}', "SHOP_DB_ORDERS__PASSWORD": "", "SHOP_KEY": "AP8Q"}
    both = {**environment, "SHOP_DB_ORDERS__PASSWORD": "of the field"}

    assert compiled.says(f"ask {ROTATING} password", "bytes shop/key", environment=environment) == [
        "of the whole",
        "AP8Q",
    ]
    assert compiled.says(f"ask {ROTATING} password", environment=both) == ["of the field"]


def test_a_later_fix_adds_to_an_accessor_and_leaves_one_that_was_edited() -> None:
    first = accessors.source(java.ACCESSOR, HOME, ["shop/a"])

    later = accessors.updated(java.ACCESSOR, HOME, first, ["shop/b"], ["url"])

    assert later == accessors.source(java.ACCESSOR, HOME, ["shop/a", "shop/b"], ["url"])
    assert accessors.updated(java.ACCESSOR, HOME, later or b"", []) == later
    assert accessors.updated(java.ACCESSOR, HOME, first + b"\n// ours\n", ["shop/b"]) is None
