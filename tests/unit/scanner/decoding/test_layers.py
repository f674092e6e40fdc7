"""Encoded text is noticed, decoded and placed, whatever it is encoded in and however deep."""

from __future__ import annotations

import string
from functools import cache

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from scanner.decoding.layers import Budget, Decoder, Layer
from scanner.prefilter.build import built
from scanner.prefilter.choose import Engine, of_document
from scanner.rulebook.loader import load_rulebook
from tests.unit.scanner.decoding.encoding import ENCODERS, NESTED

PLAIN = st.text(string.ascii_letters + string.digits + " .:=\"'{}@/_-,;!\n", min_size=16, max_size=60)
AROUND = st.sampled_from(["", "data: ", 'x = "', "<b>", "# a line\nkey=", "[", "\t"])
AFTER = st.sampled_from(["", "\n", '"', "\r\nnext line", "</b>", " ;", "]"])


@cache
def both() -> tuple[Engine, Engine]:
    document = built(load_rulebook(), [])
    return of_document(document), of_document({**document, "automata": None})


@pytest.fixture(params=[0, 1], ids=["automaton", "portable"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return both()[request.param]


def layers(engine: Engine, data: bytes, budget: Budget | None = None) -> list[Layer]:
    decoder = Decoder(engine.document["encoded"], engine.sieve)
    return list(decoder.layers(Layer(data, engine.sieve.hits(data)), budget or Budget(len(data))))


@pytest.mark.parametrize("name", list(ENCODERS))
@given(text=PLAIN, before=AROUND, after=AFTER)
@example(text="0" * 16, before="", after="")
def test_encoded_text_is_decoded_and_its_place_is_known(name: str, text: str, before: str, after: str) -> None:
    plain = text.encode()
    encoded = ENCODERS[name](plain)
    data = before.encode() + encoded + after.encode()
    for engine in both():
        found = [layer for layer in layers(engine, data) if plain in layer.data]
        assert found, name
        start = found[0].data.find(plain)
        first, last = found[0].origin(start, start + len(plain))
        assert first - len(before.encode()) in range(5)
        assert last <= len(before.encode()) + len(encoded)
        assert last >= len(before.encode()) + len(encoded.rstrip(b"=")) - 4


@given(text=PLAIN, chain=st.lists(st.sampled_from(NESTED), min_size=2, max_size=3), before=AROUND)
def test_what_is_encoded_up_to_three_times_is_decoded(text: str, chain: list[str], before: str) -> None:
    data = plain = text.encode()
    for name in chain:
        data = ENCODERS[name](data)
    assume(len(data) < 20_000)
    data = before.encode() + data
    engine = both()[0]
    found = [layer for layer in layers(engine, data, Budget(100_000)) if plain in layer.data]
    assert found
    start = found[0].data.find(plain)
    first, last = found[0].origin(start, start + len(plain))
    assert len(before.encode()) <= first < last <= len(data)


def test_what_is_encoded_four_times_is_left(engine: Engine) -> None:
    data = plain = b"one line of plain text"
    for _ in range(4):
        data = ENCODERS["base64"](data)
    assert not [layer for layer in layers(engine, data) if plain in layer.data]


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\nfrom sklearn.ensemble import RandomForestClassifier\n",
        "sha256-3f2a9c1e7b5d4f6880e1c2d3a4b5968778695a4b3c2d1e0f9a8b7c6d5e4f3021",
        "/usr/lib/python3/dist-packages/setuptools/command/build_extensions_for_all",
        "width: %3d height: %2d",
        "GetSecretValueRequestMarshallerFactoryInstanceProvider",
    ],
)
def test_ordinary_text_is_not_taken_for_encoded(engine: Engine, text: str) -> None:
    assert layers(engine, text.encode()) == []


def test_bytes_that_are_no_text_are_not_decoded(engine: Engine) -> None:
    image = ENCODERS["base64"](b"plain at first.." + bytes(range(128, 256)) * 4)
    assert layers(engine, b"src=" + image) == []


def test_texts_further_out_come_first(engine: Engine) -> None:
    inner = ENCODERS["base64"](b"the innermost text of all")
    data = ENCODERS["base64"](b"a=" + inner) + b"\n\n" + ENCODERS["hex"](b"a neighbour of it")
    found = [layer.data for layer in layers(engine, data)]
    assert found.index(b"a neighbour of it") < found.index(b"the innermost text of all")


def test_a_budget_bounds_the_number_of_texts_and_says_so(engine: Engine) -> None:
    data = b"\n\n".join(ENCODERS["base64"](b"text number %010d" % number) for number in range(20))
    budget = Budget(len(data), layers=7)
    assert len(layers(engine, data, budget)) == 7
    assert budget.exceeded is not None


def test_a_budget_bounds_the_decoded_bytes_and_says_so(engine: Engine) -> None:
    data = b"\n\n".join(ENCODERS["base64"](b"text number %010d" % number) for number in range(20))
    budget = Budget(len(data), ratio=0, least=100, most=100)
    assert sum(len(layer.data) for layer in layers(engine, data, budget)) <= 100
    assert budget.exceeded is not None
