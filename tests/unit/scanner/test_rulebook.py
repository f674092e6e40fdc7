"""Loading rules: where from, what is refused with which words, and the cache."""

from __future__ import annotations

import json
import marshal
from pathlib import Path

import jsonschema
import pytest
import yaml

from scanner.rulebook.loader import load_rulebook, rule_files, rules_folder
from scanner.rulebook.model import Rule, RuleBook
from scanner.rulebook.names import NameClassifier, normalised
from scanner.rulecheck import check_rulebook, expand
from strongroom.kernel.errors import UsageError

GOOD = {
    "id": "acme-key",
    "name": "Acme key",
    "description": "Calls Acme.",
    "severity": "high",
    "confidence": "high",
    "keywords": ["acme_"],
    "pattern": r"\b(?P<value>acme_[a-z0-9]{16})\b",
    "examples": ["key = acme_{{re:[a-z0-9]{16}}}"],
}


def _file(folder: Path, **changes: object) -> Path:
    rule = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    path = folder / "acme.yaml"
    path.write_text(yaml.safe_dump({"rules": [rule]}))
    return path


def test_every_rule_finds_its_examples_and_nothing_else(book: RuleBook) -> None:
    assert check_rulebook(book) == []


def test_there_are_rules_for_the_commonest_providers(book: RuleBook) -> None:
    assert len(book.pattern_rules) >= 800


def test_every_rule_file_fits_the_published_schema() -> None:
    folder = Path(rules_folder())
    validator = jsonschema.Draft202012Validator(json.loads((folder / "schema.json").read_text()))
    for file in map(Path, rule_files(folder)):
        validator.validate(yaml.safe_load(file.read_text()))


def test_a_checkout_reads_the_rules_beside_the_package(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "schema.json").write_text("{}")
    assert rules_folder(tmp_path / "scanner") == str(tmp_path / "rules")


def test_a_wheel_reads_the_rules_within_the_package(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    assert rules_folder(tmp_path / "scanner") == str(tmp_path / "scanner" / "_rules")


def test_an_extra_rule_is_added_and_one_of_our_ids_replaces_ours(tmp_path: Path) -> None:
    _file(tmp_path)
    book = load_rulebook([tmp_path])
    assert book.by_id["acme-key"].name == "Acme key"
    _file(tmp_path, id="jwt")
    assert load_rulebook([tmp_path]).by_id["jwt"].name == "Acme key"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"severity": "deadly"}, "severity"),
        ({"pattern": "(?P<value>["}, "pattern"),
        ({"pattern": "acme_[a-z]+"}, "pattern"),
        ({"pattern": None}, "pattern"),
        ({"keywords": ["Acme"]}, "keywords"),
        ({"id": "Acme Key"}, "id"),
        ({"colour": "red"}, "colour"),
        ({"description": None}, "description"),
        ({"min_entropy": "much"}, "min_entropy"),
        ({"pattern": "{{nothing}}(?P<value>acme_x)"}, "pattern"),
        ({"verifier": "magic"}, "verifier"),
        ({"verifier": {"http": {"url": "http://acme.example/{value}"}}}, "verifier"),
    ],
)
def test_an_unusable_rule_is_refused_naming_file_rule_field_and_way_out(
    tmp_path: Path, changes: dict[str, object], field: str
) -> None:
    path = _file(tmp_path, **changes)
    with pytest.raises(UsageError) as refused:
        load_rulebook([path])
    assert str(path) in refused.value.message
    assert f"`{field}`" in refused.value.message
    assert refused.value.hint


def test_a_verifier_that_looks_for_a_rule_which_is_none_is_named(tmp_path: Path) -> None:
    asked = {"near": {"id": "acme-id"}, "http": {"url": "https://api.acme.example/", "basic": "{id}:{value}"}}
    path = _file(tmp_path, verifier=asked)
    rule = load_rulebook([path]).by_id["acme-key"]
    problems = check_rulebook(RuleBook(rules=(rule,), by_id={rule.id: rule}))
    assert [problem.message for problem in problems] == ["its verifier looks for acme-id, which is no rule"]


def test_a_file_that_is_no_yaml_is_refused_by_line(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("rules:\n  - id: [\n")
    with pytest.raises(UsageError, match="not valid YAML"):
        load_rulebook([tmp_path / "bad.yaml"])


def test_a_yaml_tag_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("rules: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(UsageError):
        load_rulebook([tmp_path / "bad.yaml"])


def _same(one: RuleBook, other: RuleBook) -> bool:
    alike = all(list(getattr(one, name)) == list(getattr(other, name)) for name in ("rules", "shapes", "encodings"))
    return alike and dict(one.by_id) == dict(other.by_id) and one.name_rules == other.name_rules


def test_the_cache_gives_the_same_rule_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fresh = load_rulebook()
    assert list((tmp_path / "strongroom").glob("rules-*.bin"))
    assert _same(load_rulebook(), fresh)


def test_a_damaged_cache_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fresh = load_rulebook()
    (cache,) = (tmp_path / "strongroom").glob("rules-*.bin")
    for damage in (b"", cache.read_bytes()[:-100], marshal.dumps({"digest": 1}), marshal.dumps((2, (), []))):
        cache.write_bytes(damage)
        assert _same(load_rulebook(), fresh)


def test_rulecheck_names_an_example_that_is_not_found(tmp_path: Path) -> None:
    book = load_rulebook([_file(tmp_path, examples=["key = acme_short"])])
    assert [
        problem.message for problem in check_rulebook(RuleBook(rules=(book.by_id["acme-key"],), by_id=book.by_id))
    ] == ["example 1 is not found"]


def test_rulecheck_names_what_other_engines_do_not_know(tmp_path: Path) -> None:
    book = load_rulebook([_file(tmp_path, pattern=r"(?P<value>acme_[a-z0-9]{16})(?!x)")])
    messages = [
        problem.message for problem in check_rulebook(RuleBook(rules=(book.by_id["acme-key"],), by_id=book.by_id))
    ]
    assert any("RE2" in message for message in messages)


def test_rulecheck_names_a_pattern_that_runs_away(tmp_path: Path) -> None:
    book = load_rulebook([_file(tmp_path, pattern=r"(?P<value>acme_(?:[a-z_]{1,40}){1,8}[0-9]{30})")])
    messages = [
        problem.message for problem in check_rulebook(RuleBook(rules=(book.by_id["acme-key"],), by_id=book.by_id))
    ]
    assert "the pattern takes too long on a repeated text" in messages


def test_an_example_is_expanded_the_same_way_each_time() -> None:
    template = "a {{re:[a-z]{8}}} b"
    assert expand(template, "seed") == expand(template, "seed") != expand(template, "other")
    assert len(expand(template, "seed")) == len("a 12345678 b")


@pytest.mark.parametrize("name", ["dbPassword", "DB_PASSWORD", "db.password", "db-password", "DbPassword"])
def test_a_name_has_one_form(name: str) -> None:
    assert normalised(name) == "db_password"


@pytest.mark.parametrize(
    "name",
    ["password_field", "token_type", "secret_name", "password_hash", "public_key", "cache_key", "keyboard", "monkey"],
)
def test_a_name_about_a_credential_is_none(book: RuleBook, name: str) -> None:
    assert NameClassifier(book).classify(name) is None


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("password_for_email", "hardcoded-password"),
        ("passwordInStore", "hardcoded-password"),
        ("token_from_billing", "hardcoded-token"),
        ("mot_de_passe", "hardcoded-password"),
        ("wachtwoord", "hardcoded-password"),
        ("KeyStore.PassWord", "hardcoded-password"),
        ("passwordForSmtp", "hardcoded-password"),
        ("password_of_admin", "hardcoded-password"),
        ("db_password_replica", "database-password"),
        ("PASSWORD_PROD_EU", "hardcoded-password"),
        ("password_old_2", "hardcoded-password"),
        ("token_used_for_billing", "hardcoded-token"),
        ("secret_of_service", "hardcoded-secret"),
        ("api_key_prod_2", "hardcoded-api-key"),
        ("apiKeyForMaps", "hardcoded-api-key"),
        ("api_key_v2", "hardcoded-api-key"),
        ("secretKeyForSigning", "hardcoded-signing-key"),
    ],
)
def test_a_name_that_says_whose_the_credential_is_is_a_credentials(book: RuleBook, name: str, rule: str) -> None:
    found = NameClassifier(book).classify(name)
    assert found is not None and found.id == rule


@pytest.mark.parametrize(
    "name",
    [
        "password_label",
        "passwordFieldName",
        "password_min_length",
        "password_for_label",
        "password_for_label",
        "password_in_header",
        "token_from_env",
        "password_prompt_for_user",
        "password_hash_for_user",
        "token_url",
        "token_for_url_param",
        "token_to_index",
        "pass_to_next",
        "key_path",
        "secret_id_for_db",
        "api_key_header_for_maps",
        "to_prod",
        "_for_email",
    ],
)
def test_a_name_of_what_only_belongs_to_a_credential_is_none(book: RuleBook, name: str) -> None:
    assert NameClassifier(book).classify(name) is None


def test_a_kept_rule_is_the_rule_that_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    chosen = {"alone": "low", "in_tests": "low", "requires": ["digit"], "disposition": "manual", "reason": "no code"}
    path = _file(tmp_path, **chosen, depends_on=["github-personal-access-token"])
    read, kept = (load_rulebook(extra=[path]).by_id["acme-key"] for _ in range(2))
    assert kept == read
    held = ((type(getattr(kept, name)), type(getattr(read, name))) for name in Rule._defaults)
    assert all(one is other for one, other in held)
