"""What a forge, or a proxy before it, may answer that is no answer: each ends in one of our errors, and soon."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable

import pytest

from remediation.errors import Refused
from remediation.git.forge import Forge, ForgeUnavailable, OpenRequest, Place
from remediation.git.forge_place import connect
from strongroom.kernel.errors import Denied, StrongroomError
from strongroom.kernel.secretvalue import SecretValue
from tests.testing.stub import Answer, Asked, serving

TOKEN = secrets.token_hex(20)
JSON = {"Content-Type": "application/json"}
WANTED = OpenRequest(branch="b", base="main", title="t", body="b", draft=False, labels=())
CALLS: dict[str, Callable[[Forge], object]] = {
    "asked": lambda forge: forge.of_branch("b"),
    "listed": lambda forge: list(forge.open_requests()),
    "opened": lambda forge: forge.open(WANTED),
}
BROKEN = {
    "a page": Answer(body=b"<html>sign in</html>", headers={"Content-Type": "text/html"}),
    "another object": Answer(body=b'{"a": 1}', headers=JSON),
    "half of one": Answer(body=b'[{"a"', headers=JSON),
    "too many requests": Answer(status=429, body=b'{"message": "slow"}', headers={**JSON, "Retry-After": "600"}),
    "a failure": Answer(status=500, body=b"oops"),
    "a full gateway": Answer(status=502, body=b"<html>", headers={"Content-Type": "text/html"}),
}


def place(forge: str, api: str) -> Place:
    return Place(
        forge=forge, called="request", api=api, project="acme/shop", token=SecretValue(TOKEN), user="x"
    )  # fmt: skip


def raised(forge: str, answer: Answer, call: str) -> StrongroomError:
    with serving(lambda _: answer) as stub, pytest.raises(StrongroomError) as failure:
        CALLS[call](connect(place(forge, stub.place)))
    assert TOKEN not in failure.value.message + failure.value.hint
    return failure.value


@pytest.mark.parametrize("forge", ["github", "gitlab"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("answer", BROKEN)
def test_what_is_no_answer_is_a_forge_that_did_not_answer(forge: str, call: str, answer: str) -> None:
    failure = raised(forge, BROKEN[answer], call)
    assert isinstance(failure, ForgeUnavailable)
    assert failure.exit_code == 4


@pytest.mark.parametrize("forge", ["github", "gitlab"])
@pytest.mark.parametrize(("status", "kind"), [(401, Denied), (403, Denied), (404, Denied), (422, Refused)])
def test_a_refusal_is_told_with_the_project(forge: str, status: int, kind: type[StrongroomError]) -> None:
    answer = Answer(status=status, body=b'{"message": "no\\u001b[31m"}', headers=JSON)
    failure = raised(forge, answer, "opened")
    assert type(failure) is kind
    assert "acme/shop" in failure.message
    assert "\x1b" not in failure.message


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_nothing_is_sent_on_to_another_host(forge: str) -> None:
    with serving() as other:
        elsewhere = other.place.replace("127.0.0.1", "localhost")
        for status in (301, 302, 307, 308):
            raised(forge, Answer(status=status, headers={"Location": f"{elsewhere}/x"}), "opened")
        assert other.asked == []


@pytest.mark.parametrize(
    ("forge", "below", "asked"),
    [
        ("github", "/api/v3", "/api/v3/repos/acme/shop/pulls?"),
        ("gitlab", "/gitlab/api/v4", "/gitlab/api/v4/projects/acme%2Fshop/merge_requests?"),
    ],
)
def test_an_api_below_a_path_is_asked_there(forge: str, below: str, asked: str) -> None:
    with serving(lambda _: Answer(body=b"[]", headers=JSON)) as stub:
        assert connect(place(forge, f"{stub.place}{below}")).of_branch("b") is None
    assert [each.target.startswith(asked) for each in stub.asked] == [True]


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_many_open_requests_are_asked_for_page_by_page(forge: str) -> None:
    pull = {"number": 1, "iid": 1, "state": "open" if forge == "github" else "opened", "merged_at": None}
    pull |= {"html_url": "https://x", "web_url": "https://x", "body": "", "head": {"ref": "b"}, "source_branch": "b"}

    def answer(asked: Asked) -> Answer:
        more = {} if "page=2" in asked.target else {"Link": f'<{stub.place}{asked.target}&page=2>; rel="next"'}
        return Answer(body=json.dumps([pull]).encode(), headers={**JSON, **more})

    with serving(answer) as stub:
        found = list(connect(place(forge, stub.place)).open_requests())
    assert [each.branch for each in found] == ["b", "b"]
