"""Laws of edits in configuration: whatever else a file holds, it reads as before but for the value."""

from __future__ import annotations

import configparser
import io
import json
import string

import yaml
from dotenv import dotenv_values
from hypothesis import assume, given
from hypothesis import strategies as st

from remediation.errors import NotRewritable
from remediation.rewriters.configuration import appsettings, compose, dotenv, npmrc, tfvars
from remediation.rewriters.configuration.model import Fetch, File, Format, Place
from strongroom.kernel.secretvalue import SecretValue

NAMES = st.text(string.ascii_uppercase + "_", min_size=1, max_size=8)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85\xa0"), max_size=20)
VALUES = st.text(string.ascii_letters + string.digits + "@!#%&*+,./:;<=>?^_|~ -", min_size=8, max_size=24).map(
    str.strip
)
OTHERS = st.dictionaries(NAMES, TEXTS, max_size=5)


def fetched(data: bytes, value: str) -> Fetch:
    """Return a fetch of the value, which stands there once and as it is."""
    spelled = value.encode()
    assume(len(value) >= 8 and data.count(spelled) == 1)
    start = data.find(spelled)
    return Fetch(place=Place(start=start, end=start + len(spelled), value=SecretValue(value)), name="shop/key")


def rewritten(form: Format, path: str, data: bytes, fetch: Fetch) -> bytes:
    file = File(path=path, data=data, tree={path: data, ".env.example": b""})
    try:
        form.judge(file, fetch.place)
        return form.rewrite(file, [fetch]).files[path]
    except NotRewritable:
        assume(False)
        raise


@given(OTHERS, VALUES, st.sampled_from([None, "'", '"']), st.booleans())
def test_a_compose_file_reads_as_before_but_for_the_value(
    others: dict[str, str], value: str, style: str | None, flow: bool
) -> None:
    document = {"services": {"web": {"environment": {**others, "THE_SECRET": f"a {value} b"}}}}
    data = yaml.safe_dump(
        document, default_style=style, default_flow_style=flow, allow_unicode=True, width=10_000
    ).encode()

    after = rewritten(compose, "compose.yaml", data, fetched(data, value))

    document["services"]["web"]["environment"]["THE_SECRET"] = "a ${SHOP_KEY:?set it from the vault} b"
    assert yaml.safe_load(after) == document


@given(OTHERS, VALUES, st.sampled_from(["", "'", '"']), st.booleans())
def test_an_env_file_reads_as_before_but_for_the_value(
    others: dict[str, str], value: str, quote: str, export: bool
) -> None:
    lines = [f"{name}='{text}'" for name, text in others.items() if not set(text) & set("'\\")]
    data = "\n".join([*lines, f"{'export ' * export}THE_SECRET={quote}{value}{quote}", ""]).encode()
    before = dotenv_values(stream=io.StringIO(data.decode()), interpolate=False)
    assume(before["THE_SECRET"] == value)

    after = rewritten(dotenv, ".env", data, fetched(data, value)).decode()

    wanted = {**before, "THE_SECRET": "{{resolve:secretsmanager:shop/key}}"}
    assert dotenv_values(stream=io.StringIO(after), interpolate=False) == wanted


@given(OTHERS, VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_settings_in_json_read_as_before_but_for_the_value(
    others: dict[str, str], value: str, ascii_only: bool, indent: int | None
) -> None:
    document = {"Others": others, "Gateway": {"THE_SECRET": value}}
    data = json.dumps(document, ensure_ascii=ascii_only, indent=indent).encode()

    after = rewritten(appsettings, "appsettings.json", data, fetched(data, value))

    assert json.loads(after) == {"Others": others, "Gateway": {"THE_SECRET": ""}}


@given(st.lists(NAMES, max_size=4), VALUES)
def test_npms_settings_read_as_before_but_for_the_value(others: list[str], value: str) -> None:
    data = "".join(f"{name.lower()}=x\n" for name in others).encode() + f"//npm/:_authToken={value}\n".encode()

    after = rewritten(npmrc, ".npmrc", data, fetched(data, value))

    assert after == data.replace(value.encode(), b"${SHOP_KEY}")


@given(st.dictionaries(NAMES, NAMES, max_size=4), VALUES)
def test_variables_of_terraform_stay_but_for_the_one_that_goes(others: dict[str, str], value: str) -> None:
    lines = [f'{name.lower()} = "{text}"\n' for name, text in others.items()]
    data = "".join([*lines, f'the_secret = "{value}"\n']).encode()

    after = rewritten(tfvars, "a.tfvars", data, fetched(data, value))

    assert after == "".join(lines).encode()
    assert "the_secret" not in _ini(after)


def _ini(data: bytes) -> set[str]:
    parser = configparser.ConfigParser(strict=False)
    parser.read_string("[a]\n" + data.decode())
    return set(parser["a"])
