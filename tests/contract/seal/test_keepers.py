"""What every keeper of a root key promises."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from strongroom.kernel.secretvalue import SecretValue
from tests.contract.seal.keepers import KEEPERS, Case
from vault.crypto.aead import generate_key
from vault.domain.errors import Sealed
from vault.seal.base import Envelope
from vault.seal.custody import Custody

WRAPPING = sorted(KEEPERS.keys() - {"file"})
"""A key that lies in a file as it is belongs to whatever it opens."""
STORE_ID = "0e7cf1a0-5f8b-4f9a-9a39-2f5cf2f4c001"


@pytest.fixture(params=sorted(KEEPERS))
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    """A keeper with all it needs."""
    with KEEPERS[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def root_key() -> SecretValue:
    """A root key to keep."""
    return SecretValue(generate_key())


@pytest.fixture
def path(case: Case, root_key: SecretValue, tmp_path: Path) -> Path:
    """The envelope of the root key."""
    place = tmp_path / "root-key.json"
    case.new().wrap(root_key, STORE_ID).write(place)
    return place


def _edited(path: Path, **changes: Any) -> Envelope:
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **changes}))
    return Envelope.read(path)


def test_what_was_wrapped_is_unwrapped_by_another_process(case: Case, root_key: SecretValue, path: Path) -> None:
    assert case.right().unwrap(Envelope.read(path)) == root_key


def test_a_second_envelope_of_the_same_key_opens_too(case: Case, root_key: SecretValue, path: Path) -> None:
    case.new().wrap(root_key, STORE_ID).write(path)
    assert case.right().unwrap(Envelope.read(path)) == root_key


def test_a_wrong_secret_is_refused_with_the_way_out(case: Case, path: Path) -> None:
    with pytest.raises(Sealed, match=case.way_out):
        case.wrong().unwrap(Envelope.read(path))


def test_the_envelope_is_private_and_names_its_keeper(case: Case, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Envelope.read(path).keeper == case.right().name


@pytest.mark.parametrize("place", range(0, 44, 11))
@pytest.mark.parametrize("case", WRAPPING, indirect=True)
def test_a_changed_byte_of_the_wrapped_key_is_refused(case: Case, path: Path, place: int) -> None:
    wrapped = bytearray(Envelope.read(path).wrapped)
    wrapped[place] ^= 1
    with pytest.raises(Sealed):
        case.right().unwrap(_edited(path, wrapped=base64.b64encode(wrapped).decode()))


@pytest.mark.parametrize("case", WRAPPING, indirect=True)
def test_a_key_that_was_cut_short_is_refused(case: Case, path: Path) -> None:
    wrapped = Envelope.read(path).wrapped
    for length in (0, 11, len(wrapped) - 1):
        with pytest.raises(Sealed):
            case.right().unwrap(_edited(path, wrapped=base64.b64encode(wrapped[:length]).decode()))


@pytest.mark.parametrize("case", WRAPPING, indirect=True)
def test_an_envelope_of_another_store_is_refused(case: Case, path: Path) -> None:
    with pytest.raises(Sealed):
        case.right().unwrap(_edited(path, store="another"))


def test_each_parameter_that_is_absent_or_of_another_kind_is_refused(case: Case, path: Path) -> None:
    parameters = json.loads(path.read_bytes())["parameters"]
    for name in parameters:
        for changed in ({key: value for key, value in parameters.items() if key != name}, {**parameters, name: None}):
            with pytest.raises(Sealed):
                case.right().unwrap(_edited(path, parameters=changed))


@pytest.mark.parametrize("case", ["keyring", "awskms"], indirect=True)
def test_an_earlier_envelope_opens_until_it_is_replaced(case: Case, root_key: SecretValue, path: Path) -> None:
    earlier = Envelope.read(path)
    case.new().wrap(root_key, STORE_ID)
    assert case.right().unwrap(earlier) == root_key


@pytest.mark.parametrize("after", sorted(KEEPERS))
def test_a_root_key_moves_from_every_keeper_to_every_other(case: Case, tmp_path: Path, after: str) -> None:
    folder, other = tmp_path / "store", tmp_path / "other"
    for each in (folder, other):
        each.mkdir(mode=0o700)
    with nullcontext(case) if case.new().name == after else KEEPERS[after](other) as following:
        custody = Custody(folder=folder)
        root_key = custody.create(STORE_ID, case.new())
        assert custody.load(keeper=case.right()) == root_key
        custody.move(root_key, STORE_ID, following.new())
        assert custody.load(keeper=following.right()) == root_key


def test_nothing_of_the_key_or_of_what_opens_it_shows(case: Case, root_key: SecretValue, path: Path) -> None:
    envelope = Envelope.read(path)
    with pytest.raises(Sealed) as refused:
        case.wrong().unwrap(envelope)
    shown = [path.read_bytes(), *(repr(each).encode() for each in (envelope, case.new(), case.right(), refused.value))]
    for secret in (root_key.reveal(), *case.told()):
        for form in (secret, base64.b64encode(secret), secret.hex().encode()):
            assert not any(form in each for each in shown)
