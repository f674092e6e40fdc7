"""Repositories on the Secrets Store CSI driver: when it is used, and what it cannot make."""

from __future__ import annotations

import pytest

from remediation.check import check
from remediation.errors import NotRewritable
from remediation.model import Disposition, Plan
from remediation.planner import plan_fix
from remediation.rewriters.configuration.mounting import Made, mounted
from tests.unit.remediation.building import contents, finding, made_up, snapshot

VALUE = made_up(43, 20)
CLASS = "apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata:\n  name: mail\nspec:\n"
OF_AWS = f"{CLASS}  provider: aws\n  parameters:\n    objects: '[]'\n"
STORE = "apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata:\n  name: vault\nspec: {}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\nstringData:\n  password: {0}\n"
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: web:1\n"
USING = f"{POD}      envFrom:\n        - secretRef:\n            name: login\n"


def plan(files: dict[str, str]) -> Plan:
    start = snapshot({path: text.replace("{0}", VALUE) for path, text in files.items()})
    data = contents(start)
    found = [
        finding(path, text, text.find(VALUE.encode()), VALUE, binding="password")
        for path, text in sorted(data.items())
        if VALUE.encode() in text
    ]
    made = plan_fix(found, start)
    check(made, start, lambda _: [])
    return made


def after(made: Plan, path: str) -> str:
    return next(edit.after for edit in made.patch.edits if edit.path == path).decode()


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"class.yaml": OF_AWS}, "SecretProviderClass"),
        ({"class.yaml": OF_AWS, "store.yaml": STORE}, "ExternalSecret"),
        ({"class.yaml": f"{CLASS}  provider: vault\n  parameters: {{}}\n"}, "ExternalSecret"),
        ({}, "ExternalSecret"),
    ],
    ids=["class", "class-and-store", "class-of-another-store", "neither"],
)
def test_the_driver_is_used_where_a_class_for_aws_is_and_no_store_of_the_operator(
    files: dict[str, str], kind: str
) -> None:
    made = plan({**files, "pod.yaml": f"{SECRET}---\n{USING}"})

    assert f"\nkind: {kind}\n" in after(made, "pod.yaml")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{SECRET}  region: north\n---\n{USING}", "into a ConfigMap"),
        (SECRET, "no pod here uses the Secret"),
        (f"{SECRET.replace('{0}', 'token={0}')}---\n{USING}", "no value into a text"),
        (f"{SECRET}---\n{USING}  volumes: []\n", "in brackets"),
        (f"{SECRET}---\n{USING}  volumes:\n", "in brackets"),
    ],
    ids=["known-keys", "unused", "part-of-a-text", "brackets", "empty"],
)
def test_what_the_driver_cannot_make_is_left_to_a_person(text: str, reason: str) -> None:
    made = plan({"class.yaml": OF_AWS, "pod.yaml": text})

    assert made.patch.edits == ()
    assert reason in " ".join(step.reason for step in made.steps if step.disposition is Disposition.MANUAL)


def test_a_pod_of_another_namespace_uses_another_secret() -> None:
    pod = USING.replace("  name: web\n", "  name: web\n  namespace: blue\n", 1)

    with pytest.raises(NotRewritable):
        mounted({"pod.yaml": pod.encode()}, [Made(name="login", namespace="green")])


def test_a_class_that_is_mounted_is_not_mounted_again() -> None:
    once = mounted({"pod.yaml": USING.encode()}, [Made(name="login", namespace="")])

    assert mounted(once, [Made(name="login", namespace="")]) == once


def test_a_manifest_that_ends_without_a_newline_reads_as_before() -> None:
    found = mounted({"pod.yaml": USING.rstrip().encode()}, [Made(name="login", namespace="")])

    assert found == mounted({"pod.yaml": USING.encode()}, [Made(name="login", namespace="")])
