"""Replays suites that others recorded against AWS: `make acceptance-recorded SUITES_PYTHON=… LOCALSTACK=… MOTO=…`.

LOCALSTACK and MOTO are checkouts of https://github.com/localstack/localstack and https://github.com/getmoto/moto, of
which copies are run, unmodified; SUITES_PYTHON is a Python into whose environment both were installed, with what their
tests need. They believe that they talk to AWS, as an administrator of one account and the root of another, and skip
what they skip there. Prints a table, and each test that failed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.testing.server import make_vault, plain_environment, serving, vault_command

_REGIONS = ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-northeast-1", "ap-southeast-1", "eu-central-1")
_OTHER_ACCOUNT, _OTHER_REGION = "210987654321", "ap-southeast-1"
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_LOCALSTACK = ("secretsmanager/test_secretsmanager.py", "kms/test_kms.py", "sts/test_sts.py")
_MOTO = ("test_secretsmanager", "test_kms", "test_sts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Tests of a checkout: what they are called, where they are in it, and what pytest is told."""

    name: str
    checkout: Path
    tests: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many tests of a suite passed, how many were skipped, and the names of those that failed."""

    passed: int
    skipped: int
    failed: tuple[str, ...]


def main() -> int:
    """Run the suites that were named; return how many tests failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path)
    parser.add_argument("--localstack", type=Path)
    parser.add_argument("--moto", type=Path)
    asked = parser.parse_args()
    suites = list(_suites(asked.localstack, asked.moto))
    if asked.python is None or not suites:
        print("skipped: name the checkouts and a Python that they are installed for, see tests/acceptance/recorded.py")
        return 0
    failed: list[str] = []
    print("| suite | passed | failed | skipped |\n|---|--:|--:|--:|")
    for suite in suites:
        outcome = _run(suite, asked.python)
        failed += [f"{suite.name}: {each}" for each in outcome.failed]
        print(f"| {suite.name} | {outcome.passed} | {len(outcome.failed)} | {outcome.skipped} |", flush=True)
    print(*failed, sep="\n")
    return len(failed)


def _suites(localstack: Path | None, moto: Path | None) -> Iterator[Suite]:
    if localstack is not None:
        for each in _LOCALSTACK:
            yield Suite(name=f"LocalStack, {each}", checkout=localstack, tests=f"aws/services/{each}")
    if moto is not None:
        for each in _MOTO:
            yield Suite(name=f"moto, {each}", checkout=moto, tests=each, options=("-m", "aws_verified"))


def _run(suite: Suite, python: Path) -> Outcome:
    """Run a suite against a store of its own; its tests are copied, for some note beside them when they passed."""
    with tempfile.TemporaryDirectory() as name, _served(Path(name) / "vault") as environment:
        folder = Path(name)
        shutil.copytree(suite.checkout / "tests", folder / "tests")
        results = folder / "results.xml"
        command = [str(python), "-m", "pytest", "-q", f"--junitxml={results}", *suite.options, f"tests/{suite.tests}"]
        variables = {**environment, "PYTHONPATH": name}
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, check=False)
        if not results.is_file():
            raise SystemExit(done.stdout.decode() + done.stderr.decode())
        return _outcome(results)


def _outcome(results: Path) -> Outcome:
    passed, skipped, failed = 0, 0, []
    for case in ElementTree.parse(results).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(case.get("name", ""))
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return Outcome(passed=passed, skipped=skipped, failed=tuple(failed))


@contextmanager
def _served(data_dir: Path) -> Iterator[Mapping[str, str]]:
    """Serve two accounts in several regions; yields what the suites read in their environment."""
    administrator = make_vault(data_dir, *(word for region in _REGIONS for word in ("--region", region)))
    with serving(data_dir, administrator) as (server, _):
        iam = server.client("iam")
        account = iam.create_user(UserName="suite")["User"]["Arn"].split(":")[4]
        iam.attach_user_policy(UserName="suite", PolicyArn=_ADMINISTRATOR)
        key = iam.create_access_key(UserName="suite")["AccessKey"]
        mine = {"ACCOUNT_ID": account, "ACCESS_KEY_ID": key["AccessKeyId"], "SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        other = json.loads(vault_command(data_dir, "account", "create", _OTHER_ACCOUNT, "--format", "json").stdout)
        yield plain_environment(
            AWS_ENDPOINT_URL=server.url,
            AWS_DEFAULT_REGION=_REGIONS[0],
            TEST_TARGET="AWS_CLOUD",
            TEST_SKIP_LOCALSTACK_START="1",
            MOTO_TEST_ALLOW_AWS_REQUEST="true",
            SECONDARY_TEST_AWS_ACCOUNT_ID=_OTHER_ACCOUNT,
            SECONDARY_TEST_AWS_ACCESS_KEY_ID=other["access_key_id"],
            SECONDARY_TEST_AWS_SECRET_ACCESS_KEY=other["secret_access_key"],
            SECONDARY_TEST_AWS_REGION_NAME=_OTHER_REGION,
            **{f"{prefix}AWS_{name}": text for prefix in ("", "TEST_") for name, text in mine.items()},
        )


if __name__ == "__main__":
    sys.exit(main())
