"""The classifier: boosted trees over readable features, as data, walked in plain Python."""

from __future__ import annotations

import math
import os
from functools import lru_cache

from scanner.classifier.features import OPEN
from strongroom.kernel.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MODEL = os.path.join(os.path.dirname(__file__), "model.json")


class Model(Record):
    """Trees with the names of their features, and the scores from which a candidate is believed."""

    features: tuple[str, ...]
    bias: float
    trees: tuple[Any, ...]
    """A tree is a leaf's number, or `[feature, limit, at most, more]`."""
    low: float
    medium: float
    high: float

    def score(self, values: dict[str, float]) -> float:
        """Return how likely a candidate with the features `values` is a credential, from 0 to 1."""
        row = [values[name] for name in self.features]
        return _squashed(self.bias + sum(_walked(tree, row) for tree in self.trees))

    def greatest(self, values: dict[str, float]) -> float:
        """Return a bound of the score, whatever the features are that depend on the path and other lines."""
        row = [math.nan if name.startswith(OPEN) else values[name] for name in self.features]
        return _squashed(self.bias + sum(_greatest(tree, row) for tree in self.trees))


def _walked(tree: Any, row: list[float]) -> float:
    while isinstance(tree, list):
        tree = tree[2] if row[tree[0]] <= tree[1] else tree[3]
    return float(tree)


def _greatest(tree: Any, row: list[float]) -> float:
    while isinstance(tree, list):
        value = row[tree[0]]
        if math.isnan(value):
            return max(_greatest(tree[2], row), _greatest(tree[3], row))
        tree = tree[2] if value <= tree[1] else tree[3]
    return float(tree)


def _squashed(total: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@lru_cache(maxsize=1)
def model() -> Model:
    """Return the model that is shipped."""
    import json

    with open(MODEL, encoding="utf-8") as stream:
        read = json.load(stream)
    return Model(
        features=tuple(read["features"]),
        bias=read["bias"],
        trees=tuple(read["trees"]),
        **read["thresholds"],
    )
