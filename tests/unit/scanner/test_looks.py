"""How much a value looks drawn at random, and what only looks like code, a path or words."""

from __future__ import annotations

import base64
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors.entropy import chosen, classes, drawn_hex, shuffled, varied, weigh
from scanner.filters.drawn import drawn_base64, drawn_between_dots, drawn_with_signs
from scanner.model import Confidence
from scanner.rulebook.model import ValueKind
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password

_SEEDS = st.integers(min_value=0, max_value=2**32)
_MIXED = string.ascii_letters + string.digits


def _drawn(seed: int, alphabet: str, length: int) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=length))


def _share(told: list[bool]) -> float:
    return sum(told) / len(told)


@pytest.mark.parametrize(
    "alphabet",
    [_MIXED, string.ascii_lowercase + string.digits, string.ascii_letters],
    ids=["mixed", "lower", "letters"],
)
def test_most_short_drawn_texts_are_told_from_words(alphabet: str) -> None:
    assert _share([varied(_drawn(seed, alphabet, 16)) for seed in range(200)]) > 0.9


def test_most_short_passwords_of_all_kinds_of_characters_are_told_from_words() -> None:
    drawn = [_drawn(seed, _MIXED, 8) for seed in range(400)]
    of_all_kinds = [one for one in drawn if classes(one) == 3]
    assert _share([shuffled(one) for one in of_all_kinds]) > 0.5
    assert not any(
        shuffled(one) for one in ["Password1", "iPhone8Plus", "hunter2X", "Sha256Sum", "Base64Url", "abcdefgh"]
    )


@pytest.mark.parametrize(
    "word", ["configuration2024", "refreshTokenPath", "passwordResetPage2", "sha256rsa4096", "oauth2callback"]
)
def test_words_with_numbers_are_not_drawn(word: str) -> None:
    assert not varied(word)


@given(_SEEDS)
def test_a_password_of_all_kinds_of_characters_counts_for_a_token(seed: int) -> None:
    value = _drawn(seed, string.ascii_lowercase, 4) + "Q7!" + _drawn(seed, string.digits, 3)
    assert chosen(value)
    assert weigh(value, ValueKind.TOKEN) is not Confidence.LOW


@pytest.mark.parametrize("text", ["level=Info2", "%Y-%m-%dT%H2", "@Param2Name", "Key-2:Name"])
def test_settings_patterns_and_references_are_not_chosen(text: str) -> None:
    assert not chosen(text)


def test_most_short_hexadecimal_numbers_look_drawn() -> None:
    assert _share([drawn_hex(_drawn(seed, string.hexdigits[:16], 16)) for seed in range(200)]) > 0.9
    assert not drawn_hex("1234567812345678")


@given(_SEEDS)
def test_words_between_signs_are_no_token(seed: int) -> None:
    words = random.Random(seed).choices(["river", "Cloud", "Maple", "table", "Orange"], k=4)
    assert weigh("-".join([*words, str(seed % 90)]), ValueKind.TOKEN) is Confidence.LOW


def test_base64_with_slashes_is_no_path() -> None:
    told = [drawn_base64(base64.b64encode(random.Random(seed).randbytes(30)).decode()) for seed in range(200)]
    assert _share(told) > 0.9
    assert not drawn_base64("Users/JohnDoe/Documents/Projects/Core")


@given(_SEEDS)
def test_two_drawn_parts_with_a_dot_between_are_no_code(seed: int) -> None:
    value = f"{_drawn(seed, _MIXED, 24)}1a.{_drawn(seed + 1, _MIXED, 24)}B2"
    assert drawn_between_dots(value, used=True)
    assert not drawn_between_dots("request.headers.authorization", used=True)


def test_a_hash_with_its_signs_is_not_drawn() -> None:
    assert not drawn_with_signs("$2y$10$" + _drawn(1, _MIXED, 53))


@pytest.mark.parametrize(
    ("path", "line", "number"),
    [
        ("ruby/lang/security/login.rb", "password = '{}'\n", 1),
        ("resources/lang/de/auth.php", "<?php $password = '{}';\n", 0),
        ("src/lang/pt-BR.ts", "export const password = '{}';\n", 0),
        ("app/lang/main.py", "password = '{}'\n", 1),
    ],
)
def test_a_folder_called_lang_holds_translations_by_its_files(path: str, line: str, number: int, found: Found) -> None:
    assert len(found(path, line.format(password(path)))) == number


def test_what_documents_a_program_shows_examples(found: Found) -> None:
    shown = f"/**\n * login({{ password: '{password('shown')}' }})\n */\nexport function login() {{}}\n"
    assert found("src/login.js", shown) == []


@pytest.mark.parametrize("text", ["user=shop {}={}", "{}={} user=shop", "user=shop;{}={};x=1"])
def test_a_credential_among_settings_in_a_text_is_found(text: str, found: Found) -> None:
    (one,) = found("src/a.py", f'options = "{text.format("password", password("among"))}"\n')
    assert one.value.reveal().decode() == password("among")


def test_a_secret_that_a_build_is_lent_is_no_credential(found: Found) -> None:
    assert found("build.sh", "docker build --secret id=npmrc2,src=$HOME/.npmrc2 .\n") == []


def test_twelve_drawn_letters_of_both_cases_are_told_from_names_in_code() -> None:
    assert _share([varied(_drawn(seed, string.ascii_letters, 12)) for seed in range(200)]) > 0.8
    names = ["KmsKeyIdType", "xmlGetNsByHref", "maxCpuUsagePct", "GetDbNodeInput", "handleJwtkJwt", "sqlDevWebUrl"]
    assert not any(map(varied, names))


def test_sixteen_drawn_letters_of_one_case_are_told_from_words() -> None:
    assert _share([varied(_drawn(seed, string.ascii_lowercase, 16)) for seed in range(200)]) > 0.75
    assert not varied("rechtsschutzkonto") and not varied("electromagnetism")


def test_a_number_is_a_password_where_nobody_counts_dates_or_rounds_it() -> None:
    drawn = [weigh("3" + _drawn(seed, string.digits, 11), ValueKind.PASSWORD) for seed in range(200)]
    assert _share([one is Confidence.MEDIUM for one in drawn]) > 0.7
    made = ["12345678", "20241231", "11111111", "98765432", "48000000", "12121212"]
    assert {weigh(one, ValueKind.PASSWORD) for one in made} == {Confidence.LOW}


def test_a_password_of_letters_alone_is_found_by_its_name(found: Found) -> None:
    value = _drawn(8, "bdfghjkmnpqrtvwxzBDFGHJKMNPQRTVWXZ", 12)
    assert [one.value.reveal().decode() for one in found("src/a.py", f"password = '{value}'\n")] == [value]


def test_the_words_of_a_wallets_key_are_a_credential_where_a_wallet_is_opened(found: Found) -> None:
    words = random.Random(3).choices(["river", "pass", "maple", "token", "orange", "stone", "ladder", "quiz"], k=12)
    opened = f"const {{ Wallet }} = require('ethers');\nWallet.fromPhrase('{' '.join(words)}');\n"
    assert [one.value.reveal().decode() for one in found("src/a.js", opened)] == [" ".join(words)]
    assert found("src/a.js", opened.replace("fromPhrase", "describe")) == []
    assert found("src/a.js", f"const help = 'enter the password: {' '.join(words[:9])}';\n") == []
