"""Rewritten Go builds, passes `go vet` and gofmt, and says what it said: by the environment, and by the store."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from remediation.rewriters.code import accessors, go
from remediation.rewriters.code.model import Home
from tests.unit.remediation.building import made_up
from tests.unit.remediation.running import Sides, shapes, written

CHECKOUT = Path(__file__).parents[3]
STUBS = CHECKOUT / "tests/testing/sdk_stubs/go"
HOME = Home(path="internal/appsecrets/appsecrets.go", unit="appsecrets", address="example.com/probe", folder="")
ROTATING = "shop/db/orders"
PROBE = b"""package main

import (
	"fmt"
	"os"

	"example.com/probe/internal/appsecrets"
)

func main() {
	if os.Args[1] == "bytes" {
		fmt.Printf("%x", appsecrets.MustGetBytes(os.Args[2]))
		return
	}
	value, err := appsecrets.Get(os.Args[1], os.Args[2:]...)
	fmt.Print(value, err)
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Everything in one workspace, which is vetted and built once."""

    folder: Path
    sides: Mapping[str, Sides]
    vetted: str
    unformatted: str

    def overrides(self) -> dict[str, str]:
        """Return the environment that stands in for the store, for all shapes: one program holds them."""
        return {name: value for shape in self.sides.values() for name, value in shape.overrides().items()}

    def says(self, program: str, *arguments: str, environment: Mapping[str, str]) -> str:
        """Return what a program prints, its failure included."""
        done = subprocess.run(
            [self.folder / "bin" / program, *arguments],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            check=False,
            text=True,
        )
        return done.stdout + done.stderr


def go_command(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "GOPROXY": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GO111MODULE": "on"}
    environment["GOCACHE"] = str(CHECKOUT / ".cache/go-build")
    (CHECKOUT / ".cache").mkdir(exist_ok=True)
    (CHECKOUT / ".cache/.gitignore").write_text("*\n")
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def renamed(files: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    return {path: data.replace(b"example.com/shop", f"example.com/{name}".encode()) for path, data in files.items()}


def modules(folder: Path) -> list[str]:
    return [path.parent.relative_to(folder).as_posix() for path in sorted(folder.rglob("go.mod"))]


def driver(names: list[str]) -> bytes:
    imports = "".join(f'\t{name} "example.com/{name}"\n' for name in names)
    cases = "".join(f'\tcase "{name}":\n\t\tfmt.Printf("%#v", {name}.Values())\n' for name in names)
    head = f'package main\n\nimport (\n\t"fmt"\n\t"os"\n\n{imports})\n\n'
    return f"{head}func main() {{\n\tswitch os.Args[1] {{\n{cases}\t}}\n}}\n".encode()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Every shape before and after, and a program that asks an accessor."""
    folder = tmp_path_factory.mktemp("go")
    sides = {shape.name: shape for shape in shapes("go")}
    for shape in sides.values():
        for side, files in (("before", shape.before), ("after", shape.after)):
            written(folder / f"{shape.name}_{side}", renamed(files, f"{shape.name}_{side}"))
    names = [f"{name}_{side}" for name in sides for side in ("before", "after")]
    accessor = accessors.source(go.ACCESSOR, HOME, [ROTATING], ["bytes"])
    written(folder / "driver", {"go.mod": b"module example.com/driver\n\ngo 1.18\n", "main.go": driver(names)})
    probe = {"go.mod": b"module example.com/probe\n\ngo 1.18\n", "main.go": PROBE, HOME.path: accessor}
    written(folder / "probe", probe)
    shutil.copytree(STUBS, folder / "stubs")
    uses = "".join(f"\t./{module}\n" for module in modules(folder))
    written(folder, {"go.work": f"go 1.18\n\nuse (\n{uses})\n".encode()})
    every = [f"./{module}/..." for module in modules(folder)]
    vetted = go_command(folder, "go", "vet", *every)
    (folder / "bin").mkdir()
    vetted += go_command(folder, "go", "build", "-o", "bin/", "./driver", "./probe")
    unformatted = go_command(folder, "gofmt", "-l", "probe", *names)
    return Built(folder=folder, sides=sides, vetted=vetted, unformatted=unformatted)


def test_everything_is_vetted_and_builds(built: Built) -> None:
    assert built.vetted == ""


def test_everything_is_laid_out_as_gofmt_has_it(built: Built) -> None:
    assert built.unformatted == ""


NAMES = [path.parent.name for path in sorted((CHECKOUT / "fixtures/rewrites/go").glob("*/before"))]


@pytest.mark.parametrize("name", NAMES)
def test_a_rewritten_program_says_the_same_by_the_environment(built: Built, name: str) -> None:
    environment = built.overrides()

    before = built.says("driver", f"{name}_before", environment=environment)

    assert before
    assert built.says("driver", f"{name}_after", environment=environment) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_rewritten_program_says_the_same_by_the_store(built: Built, name: str, tmp_path: Path) -> None:
    for shape in built.sides.values():
        shape.store(tmp_path)
    environment = {"STUB_STORE": str(tmp_path)}

    before = built.says("driver", f"{name}_before", environment=environment)

    assert built.says("driver", f"{name}_after", environment=environment) == before


def test_a_field_is_read_of_the_stored_document(built: Built, tmp_path: Path) -> None:
    value = made_up(7)
    (tmp_path / "shop_db_orders").write_text(f'{{"password": "{value}", "port": 5432}}')
    environment = {"STUB_STORE": str(tmp_path)}

    assert built.says("probe", ROTATING, "password", environment=environment) == f"{value}<nil>"
    assert built.says("probe", ROTATING, "port", environment=environment) == "5432<nil>"


def test_a_field_that_is_missing_is_named_and_the_document_is_not_shown(built: Built, tmp_path: Path) -> None:
    value = made_up(8)
    (tmp_path / "shop_db_orders").write_text(f'{{"password": "{value}"}}')

    said = built.says("probe", ROTATING, "user", environment={"STUB_STORE": str(tmp_path)})

    assert said == f"the secret {ROTATING} is no JSON object with the field user"


def test_the_variable_of_a_field_wins_over_that_of_the_whole(built: Built) -> None:
    whole = '{"password": "of the whole"}'
    environment = {"SHOP_DB_ORDERS": whole, "SHOP_DB_ORDERS__PASSWORD": ""}

    assert built.says("probe", ROTATING, "password", environment=environment) == "of the whole<nil>"
    environment["SHOP_DB_ORDERS__PASSWORD"] = "of the field"
    assert built.says("probe", ROTATING, "password", environment=environment) == "of the field<nil>"


def test_a_binary_secret_is_read_as_bytes_and_overridden_in_base64(built: Built, tmp_path: Path) -> None:
    (tmp_path / "shop_key.bin").write_bytes(b"\x00\xff\x10")

    stored = built.says("probe", "bytes", "shop/key", environment={"STUB_STORE": str(tmp_path)})

    assert stored == "00ff10"
    assert built.says("probe", "bytes", "shop/key", environment={"SHOP_KEY": "AP8Q"}) == "00ff10"


def test_a_secret_that_the_store_does_not_have_is_named_with_the_cause(built: Built, tmp_path: Path) -> None:
    said = built.says("probe", "shop/none", environment={"STUB_STORE": str(tmp_path)})

    assert said == "the secret shop/none is not in this store, account and region (ResourceNotFoundException)"


def test_a_later_fix_adds_to_an_accessor_and_leaves_one_that_was_edited() -> None:
    first = accessors.source(go.ACCESSOR, HOME, ["shop/a"])

    later = accessors.updated(go.ACCESSOR, HOME, first, ["shop/b"], ["bytes"])

    assert later == accessors.source(go.ACCESSOR, HOME, ["shop/a", "shop/b"], ["bytes"])
    assert accessors.updated(go.ACCESSOR, HOME, later or b"", []) == later
    assert accessors.updated(go.ACCESSOR, HOME, first + b"\n// ours\n", ["shop/b"]) is None
