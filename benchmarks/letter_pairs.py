"""Makes scanner/classifier/pairs.yaml: how much commoner each pair of letters is in English words than drawn letters.

The words are those of a file with a word and its count on each line, most common first, such as `english_wikipedia.txt`
of zxcvbn (MIT, https://github.com/dropbox/zxcvbn/tree/master/data), of which the model card names the revision. Each
word counts once, however often it stands in texts: rare words look like words too.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise, product
from pathlib import Path
from string import ascii_lowercase

_PLACE = Path(__file__).resolve().parent.parent / "scanner/classifier/pairs.yaml"
_LEAST = -3.0
"""Bits of a pair that hardly any word holds; such pairs are left out."""
_HEAD = "# How much commoner a pair of letters is in English words than among drawn letters, in bits; others are -3.\n"


def main() -> None:
    """Read the words, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", type=Path)
    parser.add_argument("--most", type=int, default=20_000, help="words that count")
    options = parser.parse_args()
    lines = options.words.read_text(encoding="utf-8").splitlines()[: options.most]
    table = bits(line.split()[0] for line in lines if line.strip())
    rows = (f"'{pair}': {value}\n" for pair, value in table.items())
    _PLACE.write_text(_HEAD + "".join(rows), encoding="utf-8")


def bits(words: Iterable[str]) -> dict[str, float]:
    """Return for each pair of letters the logarithm of its share among the pairs of `words`, over an even share."""
    counts: Counter[str] = Counter()
    for word in words:
        counts.update(one + two for one, two in pairwise(word) if one in ascii_lowercase and two in ascii_lowercase)
    total = sum(counts.values())
    pairs = ["".join(pair) for pair in product(ascii_lowercase, repeat=2)]
    known = {pair: round(math.log2(counts[pair] * len(pairs) / total), 1) for pair in pairs if counts[pair]}
    return {pair: value for pair, value in known.items() if value > _LEAST}


if __name__ == "__main__":
    main()
