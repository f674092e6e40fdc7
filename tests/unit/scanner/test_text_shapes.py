"""Credentials in configuration and in other languages."""

from __future__ import annotations

import pytest

from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password, token

PW = password("text")
KEY = token("text")

TEXTS = {
    ".env": (f"DEBUG=1\nDB_PASSWORD={PW}\n", PW, "DB_PASSWORD"),
    "deploy/.env.production": (f'export API_KEY="{KEY}"\n', KEY, "API_KEY"),
    "config.yml": (f"db:\n  password: {PW}   # main\n", PW, "password"),
    "quoted.yaml": (f"db:\n  password: '{PW}'\n", PW, "password"),
    "compose.yml": (f"environment:\n  - POSTGRES_PASSWORD={PW}\n", PW, "POSTGRES_PASSWORD"),
    "deployment.yaml": (f"env:\n  - name: DB_PASSWORD\n    value: {PW}\n", PW, "DB_PASSWORD"),
    "settings.json": (f'{{"smtp": {{"password": "{PW}"}}}}\n', PW, "password"),
    "application.properties": (f"spring.datasource.password={PW}\n", PW, "spring.datasource.password"),
    "app.ini": (f"[smtp]\npassword = {PW}\n", PW, "password"),
    "app.toml": (f'api_key = "{KEY}"\n', KEY, "api_key"),
    "web.config": (f'<add key="ApiKey" value="{KEY}" />\n', KEY, "ApiKey"),
    "settings.xml": (f"<server><password>{PW}</password></server>\n", PW, "password"),
    "datasource.yml": (f"password: ${{DB_PASSWORD:{PW}}}\n", PW, "DB_PASSWORD"),
    "defaults.properties": (f"spring.datasource.password=${{db.password:{PW}}}\n", PW, "db.password"),
    "Config.java": (f'@Value("${{mail.password:{PW}}}") String password;\n', PW, "mail.password"),
    "start.sh": (f'PGPASSWORD="${{PGPASSWORD:-{PW}}}"\n', PW, "PGPASSWORD"),
    "main.js": (f"const apiKey = '{KEY}';\n", KEY, "apiKey"),
    "main.ts": (f'const password: string = "{PW}";\n', PW, "password"),
    "Main.java": (f'private static final String DB_PASSWORD = "{PW}";\n', PW, "DB_PASSWORD"),
    "main.go": (f'password := "{PW}"\n', PW, "password"),
    "main.rb": (f"config = {{ 'password' => '{PW}' }}\n", PW, "password"),
    "main.php": (f"define('DB_PASSWORD', '{PW}');\n", PW, "DB_PASSWORD"),
    "main.tf": (f'  password = "{PW}"\n', PW, "password"),
    "Dockerfile": (f"ENV DB_PASSWORD={PW}\n", PW, "DB_PASSWORD"),
    "call.sh": (f'curl -H "Authorization: Bearer {KEY}" https://api\n', KEY, "Authorization"),
    "setter.java": (f'user.setPassword("{PW}");\n', PW, "Password"),
    ".netrc": (f"machine h login me password {PW}\n", PW, "password"),
}

REWRITTEN = (
    ".go",
    ".java",
    ".js",
    ".php",
    ".rb",
    ".ts",
    ".env",
    ".yml",
    ".yaml",
    ".properties",
    ".ini",
    ".json",
    ".toml",
    ".sh",
    ".tf",
    "Dockerfile",
    ".cfg",
    ".conf",
)


@pytest.mark.parametrize("path", TEXTS)
def test_a_credential_in_text_is_found_with_its_value_span_and_binding(path: str, found: Found) -> None:
    text, value, binding = TEXTS[path]
    (finding,) = found(path, text)
    assert finding.value.reveal_text() == value
    assert text[finding.span.start : finding.span.end] == value
    assert finding.binding == binding
    # What reads these fetches nothing, or a rewriter of its language has to say whether it can.
    assert finding.remediation.fixable == (path.endswith(REWRITTEN) or "/.env." in f"/{path}")


def test_a_url_in_a_configuration_file_has_only_its_password_as_value(found: Found) -> None:
    (finding,) = found("config.yml", f"url: postgresql://shop:{PW}@db.internal:5432/shop\n")
    assert finding.value.reveal_text() == PW
    assert finding.rule_id == "postgresql-url-password"


def test_a_private_key_over_many_lines_is_one_finding(found: Found) -> None:
    body = "\n".join(token(f"key{n}", r"[A-Za-z0-9+/]{64}") for n in range(12))
    kind = "RSA PRIVATE KEY"
    text = f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----"
    (finding,) = found("id_rsa", text + "\n")
    assert finding.value.reveal_text() == text
    assert (finding.region.start_line, finding.region.end_line) == (1, 14)


def test_a_long_line_is_searched_near_its_keywords(found: Found) -> None:
    text = "x = 1; " * 50_000 + f'apiKey = "{KEY}"; ' + "y = 2; " * 50_000
    (finding,) = found("bundle.js", text)
    assert finding.value.reveal_text() == KEY
