"""What looks like a credential and is none (names, labels, prompts, attacks, ids), and what is one all the same."""

from __future__ import annotations

import uuid
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.classifier.things import names_a_thing
from scanner.config import ScanConfig
from scanner.filters.meant import unescaped
from scanner.model import Confidence
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password, token

PW = password("no credentials")
KEY = token("no credentials", "[A-Za-z0-9]{32}")
STORED = str(uuid.UUID(int=Random("an id of a store").getrandbits(128), version=4))
LOW = ScanConfig(min_confidence=Confidence.LOW)

THINGS = {
    "a scope": ("mode.js", "{ token: 'constant.numeric.actionscript.2', regex: '[0-9]' },\n"),
    "a scope that others follow": ("mode.js", '{ token: ["constant.numeric.base-36.erlang", "text"] },\n'),
    "a scope for want of another": (
        "mode.js",
        "{ defaultToken: 'punctuation.definition.string.begin.actionscript.2' }\n",
    ),
    "a class": ("routes.php", "'password' => 'Auth\\PasswordController',\n"),
    "a class in quotes that escape": ("routes.php", '"secret" => "App\\\\Http\\\\V2\\\\SecretController",\n'),
    "a method of a class": ("routes.php", "'auth_token' => 'Api\\Auth\\TokenController@refresh2',\n"),
    "a generated name": ("api.js", "element('password', '__ShopSchema_xsd_website_v1_password', false)\n"),
    "a generated name without a line before its end": (
        "api.js",
        "element('sessionToken', '__ShopApiv1schemaShopSchema_xsd_CTD_ANON_7_ShopApiSchema_xsdsessionToken', 0)\n",
    ),
    "a package and its versions": (
        "pyproject.toml",
        '[project.optional-dependencies]\npassword = ["passlib >= 1.6, < 2.0"]\ntoken = ["tokens[http2]~=0.27.1"]\n',
    ),
    "a place to fill in": ("order.js", "api_token = 'Acme-Orders-Gateway-{0}-{1}'\n"),
    "a call that fills in": ("order.js", "api_token = `omit__{draw_some(64)}[:40]__Acme1`\n"),
    "a generated name of many": (
        "api.js",
        "element('token', 'AnOrderShopv1Schema_xsd_AnOrderShopv1Schema_xsd_token2Type_token', false)\n",
    ),
}
DRAWN = {
    "words between dots with one that is drawn": token(
        "dots", "[a-z]{2}[A-Z0-9]{3}[a-z]{4}\\.[A-Za-z0-9]{24}\\.[a-z0-9]{12}"
    ),
    "digits and letters with a backslash": token(
        "slash", "[A-Z][0-9][a-z]{2}[0-9]{3}\\\\\\\\[A-Z][a-z][0-9]{3}[A-Z]{2}[a-z]"
    ),
    "signs that open what is filled in elsewhere": token(
        "signs", "[A-Z]{2}[a-z]{3}[{][0-9][A-Za-z]{3}[{][a-z][A-Z]{3}[(][0-9]{3}[#!]"
    ),
    "words that a person joins": token("joined", "[A-Z][a-z]{6}_[A-Z][a-z]{4}_[a-z]{5}_[0-9]{4}"),
    "words that a person joins for a key": token("key", "[A-Z][a-z]{4}App20[0-9]{2}_[A-Z][a-z]{4}_[A-Z][a-z]{3}Key"),
    "what begins with two underscores": token("under", "__[A-Za-z0-9]{30}"),
}
LABELS = {
    "Japanese": "\u30d1\u30b9\u30ef\u30fc\u30c9",
    "Korean": "\ube44\ubc00\ubc88\ud638",
    "Russian": "\u041f\u0430\u0440\u043e\u043b\u044c",
    "Polish": "has\u0142o",
    "Spanish": "Contrase\u00f1a",
    "with a place to fill in": "\u30af\u30c3\u30ad\u30fc{0}",
    "beyond the first plane": "\U00020bb7\U00020bb7",
}
SPELLINGS = {
    "letters": lambda text: text,
    "Java": lambda text: "".join(one if one.isascii() else f"\\u{unit}" for one in text for unit in _units(one)),
    "JavaScript": lambda text: "".join(one if one.isascii() else f"\\u{{{ord(one):x}}}" for one in text),
    "XML": lambda text: "".join(one if one.isascii() else f"&#{ord(one)};" for one in text),
}
ATTACKS = {
    "a condition": "GET /admin?user=admin&pass=' OR 1=1 --,denied,'ada'\n",
    "a condition in a form": "GET /admin?user=admin&password=%27+OR+1%3D1+--+\n",
    "a condition of texts": "login password=\"x' or '1'='1\"\n",
    "a comment": "GET /login?user=ada&password=admin12%27--\n",
    "another query": "GET /item?token=1%20UNION%20SELECT%20name%2Cpass%20FROM%20users2\n",
    "a script": "GET /item?password=%3Cscript%3Ealert%28%27Xy%27%29\n",
}
WRITERS = {
    "Java": (
        "Pem.java",
        'out.append("{begin}\\n");\n  encodeBase64Lines(out, pair.getEncoded());\n  out.append("{end}\\n");\n',
    ),
    "Python": (
        "pem.py",
        'text = "{begin}\\n"\nfor line in textwrap.wrap(body, 64):\n    text += line + "\\n"\ntext += "{end}\\n"\n',
    ),
    "Go": (
        "pem.go",
        'w.WriteString("{begin}\\n")\nw.WriteString(base64.StdEncoding.EncodeToString(der))\nw.WriteString("\\n{end}\\n")\n',
    ),
    "JavaScript": (
        "pem.js",
        'const pem = "{begin}\\n" + lines(btoa(String.fromCharCode(...bytes(key))), 64).join("\\n") + "\\n{end}";\n',
    ),
    "Ruby": ("pem.rb", 'pem = "{begin}\\n" + Base64.encode64(key.to_der).scan(/.{{1,64}}/).join + "\\n{end}\\n"\n'),
}
KINDS = ("PRIVATE KEY", "RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK")


def _units(letter: str) -> list[str]:
    data = letter.encode("utf-16-be")
    pairs = [data[at : at + 2].hex() for at in range(0, len(data), 2)]
    return ["\\u".join(pairs)]


def _frame(kind: str) -> tuple[str, str]:
    return f"-----BEGIN {kind}-----", f"-----END {kind}-----"


@pytest.mark.parametrize("case", THINGS)
def test_a_name_of_a_thing_is_no_credential(case: str, found: Found) -> None:
    assert found(*THINGS[case]) == []


@pytest.mark.parametrize("case", DRAWN)
def test_what_is_drawn_or_chosen_is_not_taken_for_the_name_of_a_thing(case: str, found: Found) -> None:
    assert not names_a_thing(DRAWN[case].replace("\\\\", "\\"))
    assert len(found("config/app.json", f'{{"db": {{"password": "{DRAWN[case]}"}}}}\n')) == 1


@given(st.from_regex(r"[A-Za-z0-9+/_\-.]{20,60}", fullmatch=True))
def test_a_name_of_a_thing_is_made_of_letters_more_than_of_digits(value: str) -> None:
    digits = sum(one.isdigit() for one in value)
    assert not names_a_thing(value) or digits < len(value) / 2


@pytest.mark.parametrize(
    "value", ["pass%20pass", "pass%23pass", "pass%2523pass", "secret%2Fsecret", "passpass", "password"]
)
def test_a_word_that_stands_for_a_password_does_so_encoded_and_repeated(value: str, found: Found) -> None:
    assert found("app/client.js", f'fetch("http://user:{value}@complex.url.com/path");\n') == []


@pytest.mark.parametrize("sign", ["%20", "%23", "%2F", "%40"])
def test_a_password_with_an_encoded_sign_is_found(sign: str, found: Found) -> None:
    value = token("half", "[A-Za-z0-9]{8}") + sign + token("other half", "[A-Za-z0-9]{8}")
    (finding,) = found("app/client.js", f'fetch("http://deploy:{value}@shop.internal/path");\n')
    assert finding.value.reveal_text() == value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", WRITERS)
def test_code_that_writes_a_key_holds_none(language: str, kind: str, found: Found) -> None:
    path, code = WRITERS[language]
    begin, end = _frame(kind)
    assert found(path, code.format(begin=begin, end=end)) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "joint", ["\n", "\\n", '\\n" +\n    "', '\\n"\n    + "', "\\n' .\n  '", '\\n");\nout.append("']
)
def test_a_key_in_whatever_pieces_is_found_even_cut_short(joint: str, kind: str, found: Found) -> None:
    begin, end = _frame(kind)
    lines = [token(f"line {number}", "[A-Za-z0-9+/]{32}") for number in range(3)]
    assert len(found("app/Keys.java", f'out.append("{joint.join([begin, *lines, end])}");\n')) == 1


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("language", LABELS)
def test_a_label_in_another_language_is_no_credential(language: str, spelling: str, found: Found) -> None:
    written = SPELLINGS[spelling](LABELS[language])
    assert found("messages.js", f'const texts = {{ password: "{written}" }};\n') == []


@pytest.mark.parametrize("spelling", ["letters", "Java"])
@pytest.mark.parametrize("language", LABELS)
def test_a_label_in_another_language_is_none_in_properties_either(language: str, spelling: str, found: Found) -> None:
    written = SPELLINGS[spelling](LABELS[language])
    assert found("messages.properties", f"login.password={written}\nerr.cookie_name_is_token={written}\n") == []


@pytest.mark.parametrize("text", ["Passwort\\:", "Contrase\u00f1a\\:", "Password:"])
def test_a_label_before_a_field_is_no_credential(text: str, found: Found) -> None:
    assert found("messages.properties", f"dialog.label.password = {text}\n") == []


def test_a_password_with_a_spelled_sign_is_found(found: Found) -> None:
    (finding,) = found("settings.json", f'{{"password": "{PW}\\u0026{PW[:4]}"}}\n')
    assert finding.rule_id == "hardcoded-password"


def test_a_password_with_a_letter_of_another_language_is_found(found: Found) -> None:
    assert len(found("settings.json", f'{{"password": "{PW}\u00e9"}}\n')) == 1


@pytest.mark.parametrize("value", ["\\u0001\\ud9a1\\ue012\\u0007", "%zz", "\\u{110000}", "&#9999999;"])
def test_numbers_that_spell_no_text_stay_as_they_are_written(value: str) -> None:
    assert unescaped(value) == value


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1), st.sampled_from(sorted(SPELLINGS)))
def test_what_is_spelled_is_meant(text: str, spelling: str) -> None:
    assert unescaped(SPELLINGS[spelling](text)) == text


def test_an_id_of_a_stored_credential_is_low_where_only_a_word_makes_it_a_providers(found: Found) -> None:
    line = f"snykSecurity(snykInstallation: 'shop', snykTokenId: '{STORED}')\n"
    assert found("Jenkinsfile", line) == []
    assert [one.confidence for one in found("Jenkinsfile", line, LOW)] == [Confidence.LOW]


def test_a_providers_token_under_its_own_name_is_found(found: Found) -> None:
    assert [one.rule_id for one in found("Jenkinsfile", f"SNYK_TOKEN = '{STORED}'\n")] == ["snyk-api-key"]


@pytest.mark.parametrize("name", ["consul_acl_token_id", "nomadTokenId"])
def test_a_token_that_its_provider_calls_an_id_is_found(name: str, found: Found) -> None:
    assert [one.rule_id for one in found("vars/main.yml", f"{name}: {STORED}\n")] == ["consul-nomad-token"]


def test_an_access_key_id_is_found_though_its_name_is_an_ids(found: Found) -> None:
    ids = [one.rule_id for one in found("app.conf", f"aws_access_key_id = AKIA{token('id', '[A-Z2-7]{16}')}\n")]
    assert ids == ["aws-access-key-id"]


@pytest.mark.parametrize("name", ["nexus_Deploy7Creds", "ops6-registry-pass", STORED])
def test_a_credential_that_jenkins_looks_up_by_its_id_is_none(name: str, found: Found) -> None:
    assert found("Jenkinsfile", f"environment {{\n    SNYK_TOKEN = credentials('{name}')\n}}\n") == []


@pytest.mark.parametrize(
    "pattern", ["[a-f0-9]{40}", "[a-z][A-Z]{2}[0-9][A-Za-z]{6}[0-9]{2}[A-Za-z]{8}[0-9]", "[a-z]{4}[A-Z]{3}[0-9]{3}"]
)
def test_what_somebody_pastes_for_an_id_is_found(pattern: str, found: Found) -> None:
    assert (
        len(
            found(
                "Jenkinsfile", f"environment {{\n    SONAR_PASSWORD = credentials('{token('pasted', pattern)}')\n}}\n"
            )
        )
        == 1
    )


def test_a_credential_that_another_call_takes_is_found(found: Found) -> None:
    assert len(found("main.js", f"const apiToken = credentials('{KEY}');\n")) == 1


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_no_credential(attack: str, found: Found) -> None:
    assert found("logs/events.log", ATTACKS[attack]) == []


@pytest.mark.parametrize("value", ["or+{}=", "and+{}=", "{}or", "{}--"])
def test_a_drawn_value_with_words_of_a_query_in_it_is_found(value: str, found: Found) -> None:
    assert len(found("app/client.js", f'const apiToken = "{value.format(KEY)}";\n')) == 1


def test_what_follows_a_prompt_in_a_comparison_is_no_credential(found: Found) -> None:
    text = 'if (page.indexOf("please enter your password:") != -1&& page.toLowerCase().indexOf("xss") != -1)\n'
    assert found("Lesson.java", text) == []


@pytest.mark.parametrize(
    "compare", ["prompt == {}", "prompt.equals({})", "prompt.endsWith({})", "strcmp(prompt, {}) == 0"]
)
def test_a_prompt_that_is_compared_is_no_credential(compare: str, found: Found) -> None:
    assert (
        found("Login.java", f"if ({compare.format(chr(34) + 'please enter your password:' + chr(34))}) {{ }}\n") == []
    )
