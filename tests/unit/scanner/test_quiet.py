"""Ordinary code and texts, in which nothing may be reported."""

from __future__ import annotations

from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from scanner.config import ScanConfig
from scanner.model import Confidence
from tests.unit.scanner.conftest import Found
from tests.unit.scanner.making import password, token


@cache
def _private_key() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


HEX40 = token("hex", "[a-f0-9]{40}")
UUID = token("uuid", "[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[a-f0-9]{4}-[a-f0-9]{12}")

PYTHON = [
    'password = forms.CharField(label="Password", widget=forms.PasswordInput)',
    'password = get_password("db")',
    'password = os.environ["DB_PASSWORD"]',
    'password = os.environ.get("DB_PASSWORD", "")',
    'password = secret("shop/db", "password")',
    'password = None\ntoken = ""\nsecret_key = "dev"',
    'parser.add_argument("--password", help="the password of the user, asked for if not given")',
    'parser.add_argument("--token", default=None, metavar="TOKEN")',
    'PASSWORD_FIELD = "password"\nTOKEN_HEADER = "X-Auth-Token"',
    'password = "changeme"\napi_key = "YOUR_API_KEY"\ntoken = "<token>"',
    'password = "xxxxxxxxxx"\nsecret = "********"',
    'db_password = "${DB_PASSWORD}"\napi_key = "{{ api_key }}"',
    'ERRORS = {"password": "The password is too short.", "token": "Token expired"}',
    'url = f"postgresql://{user}:{password}@{host}/shop"',
    'url = "postgresql://user:password@localhost/db"',
    'url = "https://example.com:8080/path@v2"',
    f'sha = "{HEX40}"\nchecksum = "{HEX40}"\nrequest_id = "{UUID}"',
    'if token == "string":\n    pass\nif tok.type == "KEYWORD":\n    pass',
    'token_url = "https://auth.example.org/oauth/token"\nsecret_name = "prod/app/key"',
    'key = cache_key("user", user_id)\nprimary_key = "id"\nsort_key = "created_at"',
    'public_key = "' + token("public", "[A-Za-z0-9]{32}") + '"',
    f'publicToken = "{token("public token", "[A-Za-z0-9]{43}")}"\ncsrf_token = "{token("csrf", "[A-Za-z0-9]{32}")}"',
    f'installation = {{"deviceToken": "{token("device", "[a-f0-9]{64}")}"}}',
    f'datadogRum.init({{clientToken: "{token("rum", "pub[a-f0-9]{32}")}"}})',
    'url = "mongodb://mongodb:mongodb@localhost:27017/shop"',
    f'AWS_SECRET_ACCESS_KEY = "{token("sealed", "[A-Za-z0-9+/]{54}")}=="',
    f'telegram_bot_token = "{token("bot", "[0-9]{4}:A[A-Za-z0-9]{34}")}"',
    'password_hash = "$2b$12$' + token("hash", "[A-Za-z0-9./]{53}") + '"',
    'auth_token = request.headers.get("X-Auth-Token")',
    'headers = {"Authorization": f"Bearer {token}"}',
    'password = password.encode("latin1")',
    "SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/db-AbCdEf'",
    'def f(password: Literal["plain", "hashed"] = "plain"): ...',
    'private_key = "/etc/ssl/private/server.pem"',
    'credentials = "include"\nsecret = "session"',
    'RESET_SESSION_TOKEN = "_password_reset_token"',
    'page = {"output_token": "NextMarker || Contents[-1].Key", "next_token": "StreamDescription.Shards[-1].ShardId"}',
    'client = boto3.client("s3", aws_secret_access_key="moto_secret_key")',
    f'page_token = "{token("cut", "[A-Za-z0-9]{24}")}..."',
    'url = "http://a%20b:c%20d@host/"\nother = "http://ada:c%3A%01%40%2F%25d@ef:8080/"',
    'url = "http://ada:%3D%5B%5D%3A%3B%22~%7C%3F@host/"',
    'body = b"username=user&password=secure%20password"',
    'secret_key = "HmacSHA256"\nsigning_key = "AES/CBC/PKCS5Padding"\nencryption_key = "aes-256-cbc"',
    'db_password = "tests/{folder}/pass/*.rs"',
    'url = "mysql://myuser:mypass@localhost/shop"\nother = "postgres://cache_user:cachepass@db/cache"',
    'headers = {"Authorization": "x-requestid"}\napi_key = "x-api-version"',
    'rule = {"adminPassword": "[parameters(\'thePassword\')]", "accessKey": "[listKeys(id(1)).keys[0].value]"}',
    "text = '// SHOP_DECRYPTION_SECRET='.base64_encode($data).\"\\n\"",
    "text = str_replace('_password='.$encoded, '_password=******', $text)",
    "kept = 0 !== stripos($h, 'Authorization:') && 0 !== stripos($h, 'Cookie:')",
    'header = "Authorization: HMAC-SHA256 SignedHeaders=x-ms-date;host&Signature={$signature}"',
    '"""Joins URLs.\n\n>>> join("https://ada%40mail.org:a%20secret@host.org/")\n"""',
]

TEXTS = {
    "locale/de.po": 'msgid "Password"\nmsgstr "Passwort eingeben"\n',
    "i18n/en.json": '{"password": "Enter your passw0rd!", "token": "Your t0ken"}\n',
    "package-lock.json": f'{{"integrity": "sha512-{token("lock", "[A-Za-z0-9+/]{86}")}==", "token": "{HEX40}"}}\n',
    "poetry.lock": f'hash = "sha256:{HEX40}"\n',
    "form.html": '<input type="password" name="password" placeholder="Password123!">\n',
    "values.yaml": "password: ''\nexistingSecret: shop-db\npasswordSecretRef: shop-db\n",
    "ci.yml": "env:\n  TOKEN: ${{ secrets.TOKEN }}\n  PASSWORD: $PASSWORD\n",
    "main.tf": 'password = var.db_password\nsecret = data.aws_secret.db\ntoken = "${var.token}"\n',
    "main.js": "const password = req.body.password;\nconst token = getToken('user');\n",
    "Main.java": 'String password = System.getenv("DB_PASSWORD");\nString key = "user.password.reset";\n',
    "app.properties": "password.reset.url=/reset\npassword=\ntoken.ttl=3600\nauth.token.header=X-Token\n",
    ".strongroom/secrets.json": '{"secrets": {"shop/db-password": {"field": "password", "token": "shop/Api-Key1"}}}\n',
    "Request.ps1": 'Headers.Add("Authorization", "Basic $auth_value")\n',
    "call.sh": 'curl -H "Authorization: Bearer $TOKEN" https://api.example.org\n',
    "data/examples-1.json": f'{{"Password": "{password("example")}"}}\n',
    "README.md": "Set `password: hunter2x` in the file.\n",
}


@pytest.mark.parametrize(
    "path", ["src/jvmTest/kotlin/Urls.kt", "api/Shop.Tests/Login.cs", "shop/LoginSpec.scala", "src/testFixtures/a.yml"]
)
def test_an_address_in_a_test_of_any_language_is_quiet(path: str, found: Found) -> None:
    assert found(path, f'val url = "http://foo:{password("address")}@baz/path"\n') == []


def test_a_password_that_an_address_escapes_is_reported(found: Found) -> None:
    value = password("escaped").replace("!", "%21").replace("#", "%23").replace("*", "%2A")
    assert len(found("app/main.kt", f'val url = "http://shop:{value}@db.internal/path"\n')) == 1


def test_a_form_met_by_chance_in_a_picture_is_quiet(found: Found) -> None:
    value = "EAA" + "".join(token(f"picture{n}", "[A-Za-z0-9]{60}") for n in "ab")
    around = "".join(token(f"around{n}", "[A-Za-z0-9+/]{50}") for n in "abcd")
    assert found("shop/logo.tsx", f'const logo = "data:image/png;base64,{around}/{value}/{around}"\n') == []
    wrapped = token("wrapped", "[A-Za-z0-9+/]{72}")
    assert found("shop/logo.txt", f"{wrapped}\n{value[:76]}\n{wrapped}\n") == []
    assert len(found("shop/login.ts", f'const token = "{value}"\n')) == 1


@pytest.mark.parametrize("source", PYTHON)
def test_ordinary_python_is_quiet(source: str, found: Found) -> None:
    assert [(f.rule_id, f.binding) for f in found("app/main.py", source + "\n")] == []


@pytest.mark.parametrize("path", TEXTS)
def test_ordinary_text_is_quiet(path: str, found: Found) -> None:
    assert [(f.rule_id, f.binding) for f in found(path, TEXTS[path])] == []


def test_a_made_up_password_in_a_test_is_quiet(found: Found) -> None:
    value = password("quiet")
    assert found("tests/test_login.py", f'client.login(username="ada", password="{value}")\n') == []


def test_a_provider_token_in_a_test_is_reported(found: Found) -> None:
    value = "ghp_" + token("quiet", r"[A-Za-z0-9]{36}")
    assert len(found("tests/test_login.py", f'token = "{value}"\n')) == 1


@pytest.mark.parametrize("path", ["tests/tls/server.key", "docs/tls.md", "internal/server_test.go"])
def test_a_private_key_made_for_a_test_or_an_example_is_quiet(found: Found, path: str) -> None:
    assert found(path, _private_key()) == []
    (finding,) = found(path, _private_key(), ScanConfig(min_confidence=Confidence.LOW))
    assert finding.rule_id == "private-key"


def test_a_private_key_elsewhere_is_reported(found: Found) -> None:
    (finding,) = found("deploy/server.key", _private_key())
    assert (finding.rule_id, finding.confidence) == ("private-key", Confidence.HIGH)


def test_a_secret_key_known_by_its_use_alone_is_weighed_as_a_name_is(found: Found) -> None:
    value = token("used", "[A-Za-z0-9/+]{40}")
    source = f'import boto3\nWORD = "{value}"\nclient = boto3.client("s3", aws_secret_access_key=WORD)\n'
    assert [finding.path for path in ("shop/s3.py", "tests/s3.py") for finding in found(path, source)] == ["shop/s3.py"]


@pytest.mark.parametrize(
    "line",
    [
        'url = f"https://user123:{_token(name, 1)}@github.com/"\n',
        'aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEZ"\n',
    ],
)
def test_a_call_inside_a_text_and_the_keys_of_amazons_documentation_are_quiet(found: Found, line: str) -> None:
    assert found("app/settings.rb", line) == []
