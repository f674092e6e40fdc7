"""Follows the hits of a text that lead to encoded text, and leaves it with those of credentials."""

from __future__ import annotations

from scanner.decoding.layers import Budget, Decoder, Layer
from scanner.items import ScanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scanner.prefilter.hits import Hit, Sieve
    from scanner.sift import Suspect, Tally

    Weighed = Callable[[str, bytes, list[Hit]], list[Hit]]


def follow_leads(
    suspect: Suspect, encoded: Mapping[int, str], sieve: Sieve, weighed: Weighed, tally: Tally | None = None
) -> None:
    """Give `suspect` the layers in which something may stand by `weighed`. `encoded` are the targets that lead there.

    What the budget of a file does not cover is an error in `tally`.
    """
    blob = suspect.blob
    budget = Budget(len(blob.data))
    for layer in Decoder(encoded, sieve).layers(Layer(blob.data, suspect.hits), budget):
        layer.hits = weighed(blob.path, layer.data, layer.hits)
        if layer.hits:
            suspect.layers.append(layer)
    if budget.exceeded is not None and tally is not None:
        tally.errors.append(ScanError(path=blob.path, message=budget.exceeded))
    suspect.hits = [hit for hit in suspect.hits if hit[0] not in encoded]
