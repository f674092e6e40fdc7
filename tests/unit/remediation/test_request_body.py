"""The text of a pull request: whole, bounded, without a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import yaml

from remediation.fix import FixResult
from remediation.migrate import Stored
from remediation.model import Disposition, Plan, Step
from remediation.planner import plan_fix
from remediation.request_body import MOST_BYTES, About, body, needs_review, title
from remediation.request_facts import Facts
from tests.testing.leaks import leaks
from tests.unit.remediation.building import contents, findings, made_up, snapshot

FACTS = Facts(version="11111111-2222-3333-4444-555555555555")


def planned(files: dict[str, str], values: Sequence[str], **more: str) -> Plan:
    of = snapshot(files)
    return plan_fix(findings(contents(of), values, **more), of)


def about(plan: Plan, facts: Facts = FACTS, *, rotating: Sequence[str] = (), manual: Sequence[Step] = ()) -> About:
    result = FixResult(
        branch="strongroom/fix-12345678",
        commit="0" * 40,
        committed=True,
        secrets=tuple(Stored(name=each.name, arn="", created=True) for each in plan.secrets),
        files=tuple(edit.path for edit in plan.patch.edits),
        rotating=tuple(rotating),
        manual=(*(step for step in plan.steps if step.disposition is Disposition.MANUAL), *manual),
    )
    return About(
        plan=plan, result=result, facts={each.name: facts for each in plan.secrets}, base="main", store="the store"
    )


def login(password: str, engine: str = "postgresql") -> Plan:
    url = f'import psycopg\n\nDB = psycopg.connect("{engine}://shop:{password}@db.internal/shop")\n'
    return planned({"db.py": url}, [password])


def test_a_secret_is_told_with_its_place_and_when_it_is_read() -> None:
    value = made_up()
    text = body(about(planned({"a.py": f'KEY = "{value}"\n\ndef f():\n    return "{value}"\n'}, [value])))
    assert "| `shop/api_key` |  | `a.py:1` | module constant | once, when its module is imported |" in text
    assert "| `shop/api_key` |  | `a.py:4` |" in text
    assert "each time this line runs" in text


def test_the_policy_names_the_secrets_and_the_customers_keys_alone() -> None:
    value = made_up()
    plan = planned({"a.py": f'KEY = "{value}"\n'}, [value])
    key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    text = body(about(plan, Facts(key=key)))
    assert '"arn:aws:secretsmanager:*:*:secret:shop/api_key-??????"' in text
    assert f'"{key}"' in text
    assert "kms:" not in body(about(plan))


def test_a_key_behind_an_alias_is_told_in_words() -> None:
    value = made_up()
    plan = planned({"a.py": f'KEY = "{value}"\n'}, [value])
    text = body(about(plan, Facts(key="arn:aws:kms:us-east-1:123456789012:alias/app")))
    assert "`kms:Decrypt` on the key behind `arn:aws:kms:us-east-1:123456789012:alias/app`" in text


def test_the_variable_of_each_field_that_the_code_reads_is_named() -> None:
    assert "`SHOP_DB_SHOP__PASSWORD`" in body(about(login(made_up())))


def test_a_rotation_that_is_attached_starts_after_the_merge_and_is_in_the_checklist() -> None:
    text = body(about(login(made_up()), replace(FACTS, due="2026-12-30"), rotating=["shop/db/shop"]))
    assert "attached; starts after the merge with `strongroom rotate now shop/db/shop`; by itself by 2026-12-30" in text
    assert "- [ ] `strongroom rotate now shop/db/shop` has run" in text


def test_two_users_in_turn_need_two_rotations_with_a_restart_between() -> None:
    plan = login(made_up())
    secrets = tuple(replace(each, rotation="postgres-alternating") for each in plan.secrets)
    text = body(about(replace(plan, secrets=secrets), rotating=["shop/db/shop"]))
    assert "twice, with a restart between: the value from the code is refused only after the second" in text


def test_a_rotation_that_was_not_attached_is_said_to_be_off() -> None:
    assert "not on: the store did not attach it" in body(about(login(made_up())))


def test_what_no_function_rotates_is_to_be_replaced_by_hand() -> None:
    value = made_up()
    text = body(about(planned({"a.py": f'KEY = "{value}"\n'}, [value])))
    assert "- [ ] Replaced by hand where they were given out: `shop/api_key`" in text


def test_what_is_left_is_told_with_its_reason() -> None:
    value, other = made_up(), made_up(2)
    text = body(about(planned({"a.py": f'KEY = "{value}"\n', ".env": f"PASSWORD={other}\n"}, [value, other])))
    assert "| `.env:1` |" in text
    assert "- [ ] What was not rewritten is done" in text


def test_nothing_left_is_told_too() -> None:
    value = made_up()
    assert "Nothing is left." in body(
        about(planned({"a.py": f'KEY = "{value}"\n', "requirements.txt": "flask\n"}, [value]))
    )


def test_the_same_fix_has_the_same_text() -> None:
    plan = login(made_up())
    assert body(about(plan)) == body(about(plan))


def test_a_fix_that_processes_have_to_be_restarted_for_needs_review() -> None:
    value = made_up()
    assert needs_review(login(value))
    assert not needs_review(planned({"a.py": f'KEY = "{value}"\n'}, [value]))


def test_the_title_is_one_imperative_line_without_a_value() -> None:
    value, other = made_up(), made_up(2)
    one = title(planned({"a.py": f'KEY = "{value}"\n'}, [value]))
    two = title(planned({"a.py": f'KEY = "{value}"\nOTHER = "{other}"\n'}, [value, other]))
    assert one == "Read the secret shop/api_key from the store instead of from the code"
    assert two == "Read 2 secrets from the store instead of from the code"


@pytest.mark.parametrize("number", [60, 3000])
def test_a_large_fix_has_a_text_that_the_forge_takes(number: int) -> None:
    value, folder = made_up(), "some/rather/long/folder/name/as/they/are/common/in/large/repositories"
    plan = planned({"a.py": f'KEY = "{value}"\n'}, [value])
    (secret,) = plan.secrets
    (place,) = secret.references
    many = tuple(
        replace(secret, name=f"shop/key_{at}", references=(replace(place, path=f"{folder}/module_{at}.py"),))
        for at in range(number)
    )
    left = [replace(plan.steps[0], disposition=Disposition.MANUAL, path=f"{folder}/{at}.sh") for at in range(number)]
    text = body(about(replace(plan, secrets=many), manual=left))
    assert len(text.encode()) <= MOST_BYTES
    assert ("The table is cut: " in text) == (number == 3000)
    assert text.rstrip().endswith("and so do ticks.")


def test_a_value_in_the_name_of_a_file_or_in_a_reason_is_masked() -> None:
    value, other = made_up(), made_up(2)
    plan = planned({"a.py": f'KEY = "{value}"\n', f"{other}/.env": f"PASSWORD={other}\n"}, [value, other])
    step = Step(
        path=f"{value.encode().hex()}.txt", line=1, disposition=Disposition.MANUAL, action="look", reason=f"{value}!"
    )
    text = body(about(plan, manual=[step]))
    assert leaks([value.encode(), other.encode()], text.encode()) == []
    assert "••••••••" in text


def _stack(text: str) -> Any:
    return yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])


@pytest.mark.parametrize(("engine", "kind"), [("postgresql", "PostgreSQLSingleUser"), ("oracle", "OracleSingleUser")])
def test_at_amazons_rotation_that_is_off_comes_with_a_stack_that_turns_it_on_and_rotates_nothing(
    engine: str, kind: str
) -> None:
    stack = _stack(body(replace(about(login(made_up(), engine)), at_amazons=True)))
    (schedule,) = stack["Resources"].values()
    assert stack["Transform"] == "AWS::SecretsManager-2024-09-16"
    assert schedule["Type"] == "AWS::SecretsManager::RotationSchedule"
    assert schedule["Properties"]["SecretId"] == "shop/db/shop"
    assert schedule["Properties"]["HostedRotationLambda"]["RotationType"] == kind
    assert schedule["Properties"]["RotateImmediatelyOnUpdate"] is False


def test_no_stack_is_offered_for_rotation_that_is_on_nor_for_another_store() -> None:
    plan = login(made_up())
    assert "```yaml" not in body(replace(about(plan, rotating=["shop/db/shop"]), at_amazons=True))
    assert "```yaml" not in body(about(plan))
