"""Engines that are made in one module of a URL in another: followed where nothing but that URL can be meant."""

from __future__ import annotations

import pytest

from remediation.check import check
from remediation.model import Disposition, Plan
from remediation.planner import plan_fix
from remediation.rewriters import python_engines
from tests.unit.remediation.building import contents, findings, made_up, snapshot

VALUE = made_up(82)
URL = f'URL = "postgresql://shop:{VALUE}@db/orders"\n'
PACKAGE = {"shop/__init__.py": "", "shop/settings.py": URL}
HEAD = "from sqlalchemy import create_engine\n"
FOLLOWED = 'follow_rotation(create_engine({}), "shop/db/orders", "password")'


def planned(files: dict[str, str], *, superuser: str | None = None) -> Plan:
    start = snapshot(files)
    plan = plan_fix(findings(contents(start), [VALUE], binding="URL"), start, superuser=superuser)
    check(plan, start, lambda after: findings(after, [VALUE]))
    return plan


def after(plan: Plan, path: str = "shop/db.py") -> str:
    return next((edit.after.decode() for edit in plan.patch.edits if edit.path == path), "")


@pytest.mark.parametrize(
    ("brought", "said"),
    [
        ("from shop.settings import URL\n", "URL"),
        ("from .settings import URL as DATABASE\n", "DATABASE"),
        ("from shop import settings\n", "settings.URL"),
        ("from . import settings as conf\n", "conf.URL"),
        ("import shop.settings\n", "shop.settings.URL"),
        ("import shop.settings as conf\n", "conf.URL"),
    ],
)
def test_an_engine_of_an_imported_url_is_handed_to_follow_rotation(brought: str, said: str) -> None:
    plan = planned({**PACKAGE, "shop/db.py": f"{HEAD}{brought}\nENGINE = create_engine({said}, echo=True)\n"})

    assert f"ENGINE = {FOLLOWED.format(f'{said}, echo=True')}\n" in after(plan)
    assert "def follow_rotation(" in after(plan, "shop/app_secrets.py")
    assert "follow_rotation" not in after(plan, "shop/settings.py")


def test_the_plan_names_the_engine_and_what_does_not_follow() -> None:
    plan = planned({**PACKAGE, "shop/db.py": f"{HEAD}from .settings import URL\n\nENGINE = create_engine(URL)\n"})

    told = {step.path: (step.disposition, step.action, step.reason) for step in plan.steps if step.secret}
    assert told == {
        "shop/settings.py": (Disposition.REVIEW, "connection-url", python_engines.ELSEWHERE),
        "shop/db.py": (Disposition.REVIEW, "followed-engine", python_engines.FOLLOWS),
    }


def test_an_engine_within_a_function_of_several_lines_is_followed() -> None:
    made = "def make():\n    return create_engine(\n        URL,\n        pool_size=5,  # for now\n    )\n"

    plan = planned({**PACKAGE, "shop/db.py": f"{HEAD}from .settings import URL\n\n\n{made}"})

    assert "    return follow_rotation(create_engine(\n        URL,\n        pool_size=5,  # for now\n    ), " in after(
        plan
    )


IMPORT = f"{HEAD}from .settings import URL\n\n"
EITHER = "try:\n    from .local import URL\nexcept ImportError:\n    from .settings import URL\n"
MADE = "ENGINE = create_engine(URL)\n"


STAYS = {
    "set-again": {"shop/db.py": f"{IMPORT}URL = URL or ''\n{MADE}"},
    "a-parameter": {"shop/db.py": f"{IMPORT}\ndef make(URL):\n    return create_engine(URL)\n"},
    "one-of-two": {"shop/db.py": f"{HEAD}{EITHER}{MADE}"},
    "a-star": {"shop/db.py": f"{HEAD}from .settings import *\n\n{MADE}"},
    "part-of-a-text": {"shop/db.py": f"{IMPORT}ENGINE = create_engine(URL + '?sslmode=require')\n"},
    "not-its-url": {"shop/db.py": f"{IMPORT}ENGINE = create_engine('sqlite://', connect_args=URL)\n"},
    "another-function": {"shop/db.py": f"from .own import create_engine\nfrom .settings import URL\n\n{MADE}"},
    "set-outside": {"shop/db.py": f"{IMPORT}{MADE}", "main.py": "import shop.settings as s\n\ns.URL = ''\n"},
    "patched": {"shop/db.py": f"{IMPORT}{MADE}", "main.py": "setattr(settings, 'URL', '')\n"},
    "either-of-two-modules": {
        "shop/db.py": f"{HEAD}from settings import URL\n\n{MADE}",
        "other/settings.py": "URL = ''\n",
    },
    "set-twice": {"shop/settings.py": f"{URL}URL = URL.lower()\n", "shop/db.py": f"{IMPORT}{MADE}"},
}


@pytest.mark.parametrize("files", STAYS.values(), ids=list(STAYS))
def test_an_engine_that_may_be_made_of_something_else_stays_as_it_is(files: dict[str, str]) -> None:
    plan = planned({**PACKAGE, **files})

    assert not any("follow_rotation" in edit.after.decode() for edit in plan.patch.edits)


def test_an_engine_of_two_users_in_turn_stays_as_it_is() -> None:
    parts = f'"postgresql", username="shop", password="{VALUE}", host="db", database="orders"'
    settings = f"from sqlalchemy import URL as Made\n\nURL = Made.create({parts})\n"

    plan = planned(
        {**PACKAGE, "shop/settings.py": settings, "shop/db.py": f"{IMPORT}ENGINE = create_engine(URL)\n"},
        superuser="shop/admin",
    )

    assert plan.secrets[0].rotation == "postgres-alternating"
    assert after(plan) == ""
