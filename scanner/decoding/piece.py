"""What a codec gives back: one decoded stretch of the bytes it was given, and how to find the way back."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.decoding.places import Places

NOTEBOOK = "notebook,"
"""How the codec of a notebook's text begins; what follows says where in it."""


class Piece:
    """Decoded text as UTF-8, and the steps from it back to the bytes the codec was given, the nearest first."""

    __slots__ = ("codecs", "data", "places")

    def __init__(self, *, codecs: tuple[str, ...], data: bytes, places: tuple[Places, ...]) -> None:
        self.codecs = codecs
        self.data = data
        self.places = places
