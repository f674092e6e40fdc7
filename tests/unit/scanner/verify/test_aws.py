"""AWS access keys, tried on a server that checks signatures as AWS does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scanner.model import Surroundings, Verified
from scanner.rulebook.verifier import Verifier
from scanner.verify.base import Question, Said
from scanner.verify.hosts import read_hosts
from scanner.verify.messages import Request, Response
from scanner.verify.named import answer
from scanner.verify.pace import Pace
from scanner.verify.reach import Reach
from scanner.verify.wire import Transport
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.leaks import leaks
from tests.testing.server import Server, running_server
from tests.testing.stub import Answer, serving
from tests.unit.scanner.making import token
from tests.unit.scanner.verify.asking import near

VERIFIER = Verifier(use="aws")
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("vault") / "data") as running:
        yield running


def said(url: str, value: str, surroundings: Surroundings, rule_id: str = "aws-secret-access-key") -> Said:
    hosts = read_hosts([f"aws={url}"])
    asked = Question(rule_id=rule_id, verifier=VERIFIER, value=SecretValue(value), surroundings=surroundings)
    found = answer(asked, Reach(hosts, Transport(hosts), Pace()))
    assert leaks([value.encode()], repr(found).encode()) == []
    return found


def test_either_half_of_a_live_key_is_active_and_says_whose_it_is(server: Server) -> None:
    key_id, secret = server.access_key_id, server.secret_access_key
    one = said(server.url, secret, near(id=key_id))
    other = said(server.url, key_id, near(secret=secret), "aws-access-key-id")
    assert one.state is other.state is Verified.ACTIVE
    assert "as arn:aws:iam::" in one.why


def test_a_key_id_that_is_not_known_is_inactive(server: Server) -> None:
    unknown = token("id", "AKIA[A-Z2-7]{16}")
    assert said(server.url, server.secret_access_key, near(id=unknown)).state is Verified.INACTIVE


def test_a_secret_beside_another_key_id_is_in_doubt(server: Server) -> None:
    found = said(server.url, token("secret", "[A-Za-z0-9/+]{40}"), near(id=server.access_key_id))
    assert found.state is Verified.UNKNOWN
    assert "SignatureDoesNotMatch" in found.why


def test_of_two_secrets_near_the_one_that_fits_counts(server: Server) -> None:
    wrong = SecretValue(token("secret", "[A-Za-z0-9/+]{40}"))
    two = (("secret", (wrong, SecretValue(server.secret_access_key))), ("token", ()))
    assert said(server.url, server.access_key_id, two).state is Verified.ACTIVE


def test_temporary_keys_are_tried_with_their_session_token(server: Server) -> None:
    drawn = server.client("sts").get_federation_token(Name="app", Policy=POLICY)
    key = drawn["Credentials"]
    halves = near(id=key["AccessKeyId"], token=key["SessionToken"])
    assert said(server.url, key["SecretAccessKey"], halves).state is Verified.ACTIVE


def test_a_temporary_key_without_its_token_is_not_tried() -> None:
    with serving() as stub:
        found = said(stub.place, token("secret", "[A-Za-z0-9/+]{40}"), near(id=token("id", "ASIA[A-Z2-7]{16}")))
        assert found.state is Verified.UNKNOWN
        assert "session token" in found.why
        assert stub.asked == []


def test_half_a_key_is_not_tried() -> None:
    with serving() as stub:
        found = said(stub.place, token("secret", "[A-Za-z0-9/+]{40}"), (("id", ()), ("token", ())))
        assert found.why == "an access key is of use only with its other half, and none stands near"
        assert stub.asked == []


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        (403, "ExpiredToken", Verified.INACTIVE),
        (403, "InvalidClientTokenId", Verified.INACTIVE),
        (403, "AccessDenied", Verified.UNKNOWN),
        (500, "InternalFailure", Verified.UNKNOWN),
        (400, "Throttling", Verified.UNKNOWN),
    ],
)
def test_errors_are_told_apart_by_their_code(status: int, code: str, state: Verified) -> None:
    body = f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>".encode()
    with serving(lambda _: Answer(status=status, body=body)) as stub:
        key_id = token("id", "AKIA[A-Z2-7]{16}")
        assert said(stub.place, token("secret", "[A-Za-z0-9/+]{40}"), near(id=key_id)).state is state


class _Listening(Transport):
    """Remembers what it was to send."""

    def __init__(self) -> None:
        super().__init__(read_hosts([]))
        self.asked: list[Request] = []

    def send(self, request: Request) -> Response:
        """Return an answer that tells nothing."""
        self.asked.append(request)
        return Response(status=500, body=b"", whole=True)


@pytest.mark.parametrize(
    ("hosts", "host", "region"),
    [
        ([], "sts.amazonaws.com", "us-east-1"),
        (["aws=sts.eu-west-1.amazonaws.com"], "sts.eu-west-1.amazonaws.com", "eu-west-1"),
        (["aws=sts.us-gov-west-1.amazonaws.com"], "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        (["aws=sts.cn-north-1.amazonaws.com.cn"], "sts.cn-north-1.amazonaws.com.cn", "cn-north-1"),
    ],
)
def test_a_request_is_signed_for_the_region_of_the_host_that_is_asked(hosts: list[str], host: str, region: str) -> None:
    listening = _Listening()
    halves = near(id=token("id", "AKIA[A-Z2-7]{16}"))
    asked = Question(
        rule_id="aws-secret-access-key", verifier=VERIFIER, value=SecretValue(token("secret")), surroundings=halves
    )
    answer(asked, Reach(read_hosts(hosts), listening))
    assert [request.host for request in listening.asked] == [host]
    assert f"/{region}/sts/aws4_request" in listening.asked[0].headers["authorization"]


def test_the_secret_itself_is_not_sent() -> None:
    secret = token("secret", "[A-Za-z0-9/+]{40}")
    with serving() as stub:
        said(stub.place, secret, near(id=token("id", "AKIA[A-Z2-7]{16}")))
        assert stub.asked
        assert leaks([secret.encode()], repr(stub.asked).encode()) == []
        assert stub.asked[0].body == b"Action=GetCallerIdentity&Version=2011-06-15"
