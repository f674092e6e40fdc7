"""What is in configuration and is not rewritten: each is left to a person with its reason, and nothing is half done."""

from __future__ import annotations

import base64

import pytest

from remediation.model import Disposition, Plan
from remediation.planner import plan_fix
from remediation.run_environment import PATH as ENVIRONMENT
from tests.unit.remediation.building import contents, finding, made_up, snapshot

VALUE, OTHER = made_up(41, 20), made_up(42, 20)
CODED = base64.b64encode(b"\xff\xfe" + VALUE.encode()).decode()
SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n"
TEMPLATE = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A:\n    Type: AWS::X::Y\n"


def plan(files: dict[str, str], *shown: str) -> Plan:
    start = snapshot(files)
    data = contents(start)
    found = [
        finding(path, text, text.find(value.encode()), value, binding="password")
        for path, text in sorted(data.items())
        for value in shown or (VALUE,)
        if value.encode() in text
    ]
    return plan_fix(found, start)


def reasons(made: Plan) -> str:
    return " ".join(step.reason for step in made.steps if step.disposition is Disposition.MANUAL)


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        (".env", "# was {0}\nA=1\n", "comment"),
        (".env", "not an assignment {0}\n= x\n", "no assignment"),
        ("action.yml", "runs:\n  using: composite\n  env: {{A: {0}}}\n", "make it an input"),
        ("docker-compose.yml", "services:\n  a: {{image: b}} # {0}\n", "comment"),
        ("docker-compose.yml", "services:\n  a: [\n    {0}\n", "does not parse"),
        (".github/workflows/a.yml", "on: push\njobs:\n  a:\n    if: github.token == '{0}'\n", "cannot read secrets"),
        (
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - run: echo ${{{{ inputs.a || '{0}' }}}}\n",
            "inside an expression",
        ),
        (".gitlab-ci.yml", "a:\n  rules:\n    - if: $X == '{0}'\n", "expands no variable"),
        (".gitlab-ci.yml", "a:\n  script:\n    - echo hi # {0}\n", "comment"),
        ("a.sh", "#!/bin/sh\n# {0}\n", "comment"),
        ("a.sh", "cat <<'EOF'\n{0}\nEOF\n", "does not expand"),
        ("a.sh", "if [ {0}\n", "does not parse"),
        ("a.tf", 'terraform {{\n  backend "s3" {{\n    secret_key = "{0}"\n  }}\n}}\n', "backend"),
        ("a.tf", 'provider "aws" {{\n  secret_key = "{0}"\n}}\n', "profile or a role"),
        ("a.tf", 'variable "a" {{\n  default = {{ k = "{0}" }}\n}}\n', "only a default"),
        (
            "a.tf",
            'resource "aws_secretsmanager_secret_version" "a" {{\n  secret_string = "{0}"\n}}\n',
            "writes a secret",
        ),
        ("a.tf", 'locals {{\n  a = {{ "{0}" = 1 }}\n}}\n', "a key of an object"),
        ("a.tfvars", 'a = {{ b = "{0}" }}\n', "one text"),
        ("Dockerfile", "FROM a\nRUN curl -u a:{0} b\n", "mount=type=secret"),
        ("Dockerfile", "FROM a\nENV TOKEN={0}\nRUN curl -u a:$TOKEN b\n", "mount=type=secret,id=token"),
        ("Dockerfile", "FROM a\n# {0}\n", "comment"),
        (".pypirc", "[a]\npassword = {0}\n[b]\npassword = x\n", "keyring"),
        ("pip.conf", "[global]\nextra-index-url =\n    https://a:{0}@b/\n    https://c/\n", "one value"),
        ("k.yaml", SECRET + "data: {{password: {0}}}\n", "in brackets"),
        ("k.yaml", SECRET.replace("Secret", "ConfigMap") + "data:\n  password: {0}\n", "ConfigMap"),
        ("k.yaml", SECRET + "stringData:\n  a: |\n    x={0}\n    y\n", "several lines"),
        ("k.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  nodeName: {0}\n", "no rewrite is known"),
        ("c.yaml", TEMPLATE + "    Metadata: {{a: {0}}}\n", "only properties"),
        ("c.yaml", TEMPLATE + "    Properties:\n      Environment:\n        A: {0}\n", "plain text"),
        ("c.yaml", TEMPLATE + "    Properties: {{}}\nParameters:\n  A: {{Default: {0}}}\n", "leave the default out"),
        ("group_vars/a.yml", "a: \"{{{{ b | default('{0}') }}}}\"\n", "inside an expression"),
        ("values.yaml", "auth:\n  password: {0}\n", "--set auth.password="),
        ("a/resources/application.yml", "spring:\n  config:\n    import: file:{0}\n", "where configuration comes from"),
        ("config.ini", "[a]\npassword = {0}\n", "no Python code that reads it"),
        ("config.yaml", "password: {0}\n---\na: 1\n", "several documents"),
        ("notes.rst", "{0}\n", "no rewriter"),
    ],
)
def test_what_no_rewrite_fits_is_left_to_a_person_with_its_reason(path: str, text: str, reason: str) -> None:
    made = plan({path: text.format(VALUE)})

    assert reason in reasons(made)
    assert made.patch.edits == ()
    assert VALUE not in reasons(made)


@pytest.mark.parametrize(
    ("path", "text", "advice"),
    [
        ("Jenkinsfile", "sh 'curl -u a:{0} b'\n", "withCredentials"),
        ("gradle.properties", "token={0}\n", "ORG_GRADLE_PROJECT_"),
        ("task.json", '{{"containerDefinitions": [{{"environment": [{{"value": "{0}"}}]}}]}}\n', "valueFrom"),
        ("seed.sql", "insert into users values ('{0}');\n", "environment"),
        ("notes.md", "the password is {0}\n", "placeholder"),
    ],
)
def test_a_person_is_told_what_to_do_with_a_file_that_no_rewriter_serves(path: str, text: str, advice: str) -> None:
    (step,) = plan({path: text.format(VALUE)}).steps

    assert step.disposition is Disposition.MANUAL
    assert advice in step.action


def test_a_compose_file_that_hands_an_env_file_over_unread_is_named() -> None:
    compose = "services:\n  web:\n    env_file: .env\n"

    made = plan({".env": f"API_TOKEN={VALUE}\n", "docker-compose.yml": compose})

    (step,) = [step for step in made.steps if step.path == "docker-compose.yml"]
    assert (step.disposition, step.line) == (Disposition.MANUAL, 3)
    assert "list API_TOKEN under `environment:`" in step.action


def test_base64_that_is_no_text_stays() -> None:
    assert "not text" in reasons(plan({"k.yaml": SECRET + f"data:\n  password: {CODED}\n"}, CODED))


def test_a_file_that_two_modules_read_stays() -> None:
    reader = 'import json\n\nwith open("a.json") as stream:\n    config = json.load(stream)\n'

    made = plan({"a.json": f'{{"password": "{VALUE}"}}\n', "a.py": reader, "b.py": reader})

    assert "2 modules read it" in reasons(made)


def test_two_values_for_one_variable_of_the_environment_are_not_mixed() -> None:
    docker = "FROM a\nENV TOKEN={0}\n"

    made = plan({"a/Dockerfile": docker.format(VALUE), "b/Dockerfile": docker.format(OTHER)}, VALUE, OTHER)

    files = {edit.path: edit.after.decode() for edit in made.patch.edits if edit.path.endswith(".env")}
    assert sorted(files) == [ENVIRONMENT, ".strongroom/run_b_dockerfile.env"]
    assert all(text.count("TOKEN=") == 1 for text in files.values())
    assert len(made.secrets) == 2


def test_what_the_environment_file_holds_already_stays() -> None:
    present = "# mine\nOTHER=x\n"

    made = plan({"Dockerfile": f"FROM a\nENV TOKEN={VALUE}\n", ENVIRONMENT: present})

    (edit,) = [edit for edit in made.patch.edits if edit.path == ENVIRONMENT]
    assert edit.after.decode().startswith(present)
    assert "TOKEN={{resolve:secretsmanager:shop/dockerfile_token}}" in edit.after.decode()


@pytest.mark.parametrize("word", ["postgres", "password", "changeme1"])
def test_a_word_that_stands_there_by_chance_is_not_looked_for_elsewhere(word: str) -> None:
    compose = f"services:\n  db:\n    image: {word}:16\n    environment:\n      POSTGRES_PASSWORD: {word}\n"
    start = snapshot({"docker-compose.yml": compose})
    at = compose.rindex(word)

    made = plan_fix([finding("docker-compose.yml", compose.encode(), at, word, binding="POSTGRES_PASSWORD")], start)

    (edit,) = [edit for edit in made.patch.edits if edit.path == "docker-compose.yml"]
    assert f"image: {word}:16" in edit.after.decode()


def test_a_value_found_in_code_is_replaced_in_configuration_that_a_scan_did_not_report() -> None:
    start = snapshot({"a.py": f'KEY = "{VALUE}"\n', ".env": f"A_KEY={VALUE}\n"})
    code = contents(start)["a.py"]

    made = plan_fix([finding("a.py", code, code.find(VALUE.encode()), VALUE, binding="KEY")], start)

    assert {edit.path for edit in made.patch.edits} >= {"a.py", ".env"}
    assert not any(VALUE.encode() in edit.after for edit in made.patch.edits)
    assert len(made.secrets) == 1


def test_a_percent_encoded_password_is_stored_as_its_url_spells_it() -> None:
    shown = f"{VALUE}%40x"

    made = plan({".env": f"DATABASE_URL=postgresql://shop:{shown}@db/orders\n"}, shown)

    (secret,) = made.secrets
    assert secret.value.reveal_text() == shown
    assert secret.rotation is None
    assert secret.references[0].disposition is Disposition.REVIEW
