"""Texts that are held in memory among others, such as the files that a rewrite has changed."""

from __future__ import annotations

from scanner.items import Blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scanner.items import Item, Source
    from scanner.sources.around import Around


class TextsSource:
    """Yields texts by the paths that reports show; programs in them are followed into those they stand among."""

    def __init__(self, root: str, texts: Mapping[str, bytes], among: Mapping[str, bytes]) -> None:
        """`root` names their project; what `texts` holds stands in place of what `among` has of the same path."""
        self._root = root
        self._texts = texts
        self._among = among

    def __iter__(self) -> Iterator[Item]:
        yield from (Blob(path=path, data=data) for path, data in self._texts.items())

    def around(self) -> Around:
        """Return the texts and those they stand among."""
        from scanner.sources.around import TextsAround

        return TextsAround(self._root, {**self._among, **self._texts})


class AmongTexts:
    """Yields what another source does; programs are followed into texts that are in memory anyway."""

    def __init__(self, source: Source, root: str, among: Mapping[str, bytes]) -> None:
        """`root` names their project."""
        self._source = source
        self._root = root
        self._among = among

    def __iter__(self) -> Iterator[Item]:
        yield from self._source

    def around(self) -> Around:
        """Return the texts that `source` is read among."""
        from scanner.sources.around import TextsAround

        return TextsAround(self._root, self._among)
