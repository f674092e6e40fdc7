"""Rewritten files are still what their readers take: by the published schemas, and by what runs them."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

ROOT = Path(__file__).parents[3] / "fixtures/rewrites"
SCHEMAS = {"compose": "compose-spec", "actions": "github-workflows", "gitlab": "gitlab-ci"}
FILES = sorted(
    path for form in SCHEMAS for path in ROOT.glob(f"{form}/*/after/**/*.y*ml") if ".strongroom" not in path.parts
)
MANIFESTS = sorted(ROOT.glob("kubernetes/*/after/**/*.y*ml"))
PROVIDED = [path for path in MANIFESTS if any(part.startswith("csi") for part in path.parts)]


def schema(name: str) -> object:
    folder = resources.files("check_jsonschema.builtin_schemas.vendor")
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


class Text(yaml.SafeLoader):
    """Reads `on` as text, as the readers of workflows do."""


Text.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool" or first not in "oO"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_a_rewritten_file_fits_its_published_schema(path: Path) -> None:
    document = yaml.load(path.read_text(encoding="utf-8"), Text)

    jsonschema.Draft7Validator(schema(SCHEMAS[path.relative_to(ROOT).parts[0]])).validate(document)


@pytest.mark.parametrize("path", MANIFESTS, ids=shown)
def test_objects_of_kubernetes_beside_and_around_the_change_fit_its_schemas(path: Path) -> None:
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        if document["kind"] not in ("ExternalSecret", "SecretProviderClass"):
            kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("path", [path for path in MANIFESTS if path not in PROVIDED], ids=shown)
def test_an_external_secret_names_a_store_and_a_place_for_each_key(path: Path) -> None:
    made = [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one["kind"] == "ExternalSecret"]

    assert made
    for spec in (one["spec"] for one in made):
        assert set(spec["secretStoreRef"]) == {"kind", "name"}
        assert all(set(each) == {"secretKey", "remoteRef"} and each["remoteRef"]["key"] for each in spec["data"])


def classes() -> list[dict[str, Any]]:
    documents = (one for path in PROVIDED for one in yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return [one for one in documents if one["kind"] == "SecretProviderClass"]


@pytest.mark.parametrize("made", classes(), ids=lambda made: made["metadata"]["name"])
def test_a_class_of_the_csi_driver_fits_its_schema_and_makes_its_secret_of_what_it_fetches(
    made: dict[str, Any],
) -> None:
    known = json.loads((ROOT / "kubernetes/secret_provider_class.schema.json").read_text(encoding="utf-8"))
    objects = yaml.safe_load(made["spec"]["parameters"]["objects"])

    jsonschema.Draft202012Validator(known).validate(made)
    jsonschema.Draft202012Validator(known["$defs"]["objects"]).validate(objects)
    files = [
        each["objectAlias"] for one in objects for each in (one, *one.get("jmesPath", ())) if "objectAlias" in each
    ]
    synced = [each["objectName"] for one in made["spec"].get("secretObjects", ()) for each in one["data"]]
    assert sorted(set(synced)) == sorted(files)
