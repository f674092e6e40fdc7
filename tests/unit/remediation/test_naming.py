"""Names of secrets and of the variables that override them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.errors import Refused
from remediation.naming import NameBook, app_slug, refuse_collisions, role, slug, variable, variables
from strongroom.kernel.secretvalue import SecretValue

LEGAL = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}\Z")


@given(folder=st.text(max_size=80), bindings=st.lists(st.text(max_size=600), min_size=1, max_size=6))
def test_names_are_legal_unique_and_never_look_like_part_of_an_arn(folder: str, bindings: list[str]) -> None:
    book = NameBook(app_slug(folder))

    names = [book.name(role(binding, "app/mail.py"), "app/mail.py", SecretValue("\x01")) for binding in bindings]

    assert all(LEGAL.match(name) and not re.search(r"-[A-Za-z0-9]{6}\Z", name) for name in names)
    assert len({variable(name) for name in names}) == len(names)


def test_a_binding_that_says_nothing_gets_its_module_in_front() -> None:
    assert role("password", "app/mail.py") == "mail_password"
    assert role("self.stripeKey", "app/pay.py") == "stripe_key"
    assert role("DATABASES['default']['PASSWORD']", "site/settings.py") == "settings_password"


def test_a_value_is_never_part_of_its_own_name() -> None:
    assert NameBook("shop").name("hunter2_key", "a.py", SecretValue("hunter2")) == "shop/credential"


def test_a_variable_is_the_name_in_capitals_with_the_field_behind() -> None:
    assert variable("shop/db.main-1", "password") == "SHOP_DB_MAIN_1__PASSWORD"
    assert variables("shop/db", ["host"]) == ("SHOP_DB", "SHOP_DB__HOST")


def test_secrets_whose_variables_collide_are_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"shop/a\.b and shop/a_b"):
        refuse_collisions([("shop/a.b", []), ("shop/a_b", [])])


def test_a_slug_has_single_underscores_only() -> None:
    assert slug("My--Shop__App 2") == "my_shop_app_2"
