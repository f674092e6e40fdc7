"""The accessors that `fix` writes, with AWS's own SDKs: `make acceptance-sdks GO_SDK=/usr/share/gocode RUBY_SDK=…`.

GO_SDK is a GOPATH with aws-sdk-go-v2 (Debian's golang-github-aws-aws-sdk-go-v2-dev), RUBY_SDK a checkout of
https://github.com/aws/aws-sdk-ruby. Each accessor is asked for the same secrets of a server and has to say the same.
SDKs that know no AWS_ENDPOINT_URL reach it as they would reach Amazon: by name, over TLS, through a proxy.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from remediation.rewriters.code import accessors, go, ruby
from remediation.rewriters.code.model import Accessor, Home
from tests.acceptance.proxy import proxied
from tests.testing.certificates import certificate
from tests.testing.server import Server, make_vault, serving

_AMAZON = "secretsmanager.us-east-1.amazonaws.com"
_ADDRESS = "example.com/probe"
_GO = """package main

import (
	"fmt"
	"os"

	"example.com/probe/appsecrets"
)

func main() {
	value, err := appsecrets.Get(os.Args[1], os.Args[2:]...)
	if err != nil {
		fmt.Print(err)
		return
	}
	fmt.Print(value)
}
"""
_RUBY = """require_relative "app_secrets"
begin
  print AppSecrets.fetch(*ARGV)
rescue AppSecrets::Error => e
  print e.message
end
"""
_ABSENT = "the secret shop/absent is not in this store, account and region (ResourceNotFoundException)"
_BARRED = "the secret shop/barred may not be read with these AWS credentials (AccessDeniedException)"
_EXPECTED: Mapping[tuple[str, ...], str] = {
    ("shop/plain",): "plain ünïcode text",
    ("shop/db", "password"): "of the field",
    ("shop/db", "port"): "5432",
    ("shop/absent",): _ABSENT,
    ("shop/barred",): _BARRED,
    ("shop/binary",): "the secret shop/binary is binary",
}
_BARS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"},
        ],
    }
)

Ask = Callable[[Sequence[str]], str]


def main() -> int:
    """Ask each accessor whose SDK was named; return how many answers were others than expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--go", type=Path)
    parser.add_argument("--ruby", type=Path)
    wanted = parser.parse_args()
    if wanted.go is None and wanted.ruby is None:
        print("skipped: name the SDKs, see tests/acceptance/sdks.py")
        return 0
    wrong = 0
    with tempfile.TemporaryDirectory() as name, _served(Path(name)) as environment:
        for language, ask in _asked(Path(name), wanted.go, wanted.ruby, environment):
            for words, expected in _EXPECTED.items():
                said = ask(words)
                wrong += said != expected
                print(f"{language} {' '.join(words)}: {'as expected' if said == expected else said}", flush=True)
    return wrong


def _asked(
    folder: Path, go_sdk: Path | None, ruby_sdk: Path | None, environment: Mapping[str, str]
) -> Iterator[tuple[str, Ask]]:
    if go_sdk is not None:
        yield "Go", _built(folder / "go", go_sdk, environment)
    if ruby_sdk is not None:
        yield "Ruby", _interpreted(folder / "ruby", ruby_sdk, environment)


def _built(folder: Path, sdk: Path, environment: Mapping[str, str]) -> Ask:
    probe = folder / "src" / _ADDRESS
    _write(probe / "main.go", _GO.encode())
    home = Home(path="appsecrets/appsecrets.go", unit="appsecrets", address=_ADDRESS, folder="")
    _write(probe / home.path, _source(go.ACCESSOR, home))
    building = {**os.environ, "GOPATH": f"{folder}{os.pathsep}{sdk}", "GO111MODULE": "off", "GOFLAGS": ""}
    for command in (["go", "vet", f"{_ADDRESS}/..."], ["go", "build", "-o", str(folder / "probe"), _ADDRESS]):
        subprocess.run(command, cwd=probe, env=building, check=True)
    return lambda words: _said([str(folder / "probe"), *words], environment)


def _interpreted(folder: Path, sdk: Path, environment: Mapping[str, str]) -> Ask:
    home = Home(path="app_secrets.rb", unit="AppSecrets", address="", folder="")
    _write(folder / home.path, _source(ruby.ACCESSOR, home))
    _write(folder / "probe.rb", _RUBY.encode())
    gems = os.pathsep.join(str(each) for each in sorted(sdk.glob("gems/*/lib")))
    return lambda words: _said(["ruby", str(folder / "probe.rb"), *words], {**environment, "RUBYLIB": gems})


def _source(accessor: Accessor, home: Home) -> bytes:
    return accessors.source(accessor, home, ["shop/db"])


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def _said(command: Iterable[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(list(command), env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@contextmanager
def _served(folder: Path) -> Iterator[Mapping[str, str]]:
    """Serve the secrets as Amazon would; yields what an application has in its environment."""
    files = certificate(folder, names=(_AMAZON,))
    data = folder / "vault"
    options = ("--tls-cert", str(files.certificate), "--tls-key", str(files.key))
    with serving(data, make_vault(data), options) as (server, _):
        _fill(server, files.certificate)
        place = urlsplit(server.url)
        with proxied({(_AMAZON, 443): (str(place.hostname), int(place.port or 0))}) as proxy:
            found = {
                "AWS_REGION": server.region,
                "AWS_ENDPOINT_URL_SECRETS_MANAGER": server.url,
                "HTTPS_PROXY": proxy,
                "https_proxy": proxy,
            }
            yield {**server.environment(), **found, "AWS_CA_BUNDLE": str(files.certificate)}


def _fill(server: Server, authority: Path) -> None:
    os.environ["AWS_CA_BUNDLE"] = str(authority)
    client = server.client()
    client.create_secret(Name="shop/plain", SecretString="plain ünïcode text")
    client.create_secret(Name="shop/db", SecretString='{"password": "of the field", "port": 5432}')
    client.create_secret(Name="shop/binary", SecretBinary=b"\x00\xff")
    client.create_secret(Name="shop/barred", SecretString="not to be read")
    client.put_resource_policy(SecretId="shop/barred", ResourcePolicy=_BARS)


if __name__ == "__main__":
    sys.exit(main())
