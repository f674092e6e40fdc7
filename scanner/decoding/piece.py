"""What a codec gives back: one decoded stretch of the bytes it was given, and how to find the way back."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.decoding.places import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Decoded text as UTF-8, and the steps from it back to the bytes the codec was given, the nearest first."""

    codecs: tuple[str, ...]
    data: bytes
    places: tuple[Places, ...]
