"""Trains the classifier of generic credentials on labelled regions, and writes scanner/classifier/model.json.

The model that is shipped learns from all of them. `--for-report` leaves out those kept apart (`labelled.py`), so that
`generic.py` can say how such a model does on repositories it has not seen. What stands in clean repositories
(`--clean`) teaches what no credential looks like; it weighs little, for it was not reviewed. Thresholds come from
predictions for labelled repositories that the model of their fold had not seen. Needs the extra `train`; seeds are
fixed, so the same data, checkouts and versions give the same model.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import labelled
import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from scanner.classifier.features import features
from scanner.classifier.trees import MODEL
from scanner.config import Analysis, ScanConfig
from scanner.examine import Examiner, whole
from scanner.judge import filtered
from scanner.lines import LineIndex
from scanner.model import Blob, Candidate, Confidence
from scanner.prefilter.choose import Engine, prepared
from scanner.prefilter.found import Found
from scanner.rulebook.loader import load_rulebook
from scanner.rulebook.model import Rule, RuleBook
from scanner.sources.tree import TreeSource

_FOLDS = 8
_SEED = 7
_SEEDS = 6
"""Models of each fold that the thresholds come from: one alone moves them by a tenth."""
_UNREVIEWED = 0.3
"""What a candidate of a clean repository counts beside a reviewed one."""
_PRECISE = {"low": 0.9, "medium": 0.93, "high": 0.95}
"""Precision on unseen repositories that each confidence has to keep, before the ceilings of filters."""


class Row:
    """One candidate with its features, what reviewers say, and its label's place."""

    def __init__(self, repo: str, values: dict[str, float], true: bool, key: tuple[str, str]) -> None:
        self.repo = repo
        self.values = values
        self.true = true
        self.key = key


def main() -> None:
    """Train, print what unseen repositories give, write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--clean", type=Path, nargs="*", default=[], help="checkouts in which nothing is a credential")
    parser.add_argument("--for-report", action="store_true", help="leave out the repositories that are kept apart")
    parser.add_argument("--output", type=Path, default=Path(MODEL))
    options = parser.parse_args()
    regions, labels = labelled.read(options.data)
    seen = [one for one in labels if not (options.for_report and labelled.kept_apart(one.repo))]
    rows = list(_rows(regions, seen))
    reviewed = len(rows)
    rows.extend(row for folder in sorted(options.clean) for row in _clean_rows(folder))
    names = sorted(rows[0].values)
    x = np.array([[row.values[name] for name in names] for row in rows])
    y = np.array([row.true for row in rows])
    groups = np.array([row.repo for row in rows])
    weights = _weights(rows, reviewed)
    unseen, told = _unseen(x, y, groups, weights, reviewed)
    limits = {level: _limit(unseen, told, one) for level, one in _PRECISE.items()}
    for level, limit in limits.items():
        believed = unseen >= limit
        precision = (believed & told).sum() / max(1, believed.sum())
        recall = (believed & told).sum() / told.sum()
        print(f"{level}: from {limit:.3f}, precision {precision:.3f}, recall of candidates {recall:.3f}")
    print(f"{reviewed} labelled candidates, {len(rows) - reviewed} of clean repositories")
    digest = hashlib.sha256(options.data.read_bytes()).hexdigest()
    origin = {"thresholds": limits, "data_sha256": digest, "seed": _SEED, "candidates": len(rows)}
    written = origin | _plain(_fitted(x, y, weights), names)
    options.output.write_text(json.dumps(written, separators=(",", ":")) + "\n", encoding="utf-8")


def _weights(rows: list[Row], reviewed: int) -> Any:
    """Return how much each row counts: what repeats itself counts less, and no repository drowns the others."""
    alike = Counter((row.repo, *row.key) for row in rows)
    sizes = Counter(row.repo for row in rows)
    weights = np.array([(alike[row.repo, *row.key] * sizes[row.repo]) ** -0.5 for row in rows])
    weights[reviewed:] *= _UNREVIEWED
    return weights * len(rows) / weights.sum()


def _unseen(x: Any, y: Any, groups: Any, weights: Any, reviewed: int) -> tuple[Any, Any]:
    """Return the scores of reviewed candidates by models that had not seen their repository, for each seed, and `y`."""
    scores = np.zeros((_SEEDS, len(y)))
    for seen, held in GroupKFold(n_splits=_FOLDS).split(x, y, groups):
        for number in range(_SEEDS):
            fitted = _fitted(x[seen], y[seen], weights[seen], _SEED + number)
            scores[number, held] = fitted.predict_proba(x[held])[:, 1]
    return scores[:, :reviewed].ravel(), np.tile(y[:reviewed], _SEEDS)


def _fitted(x: Any, y: Any, weights: Any, seed: int = _SEED) -> GradientBoostingClassifier:
    trees = GradientBoostingClassifier(
        n_estimators=120, max_depth=4, learning_rate=0.08, subsample=0.7, max_features=0.3, min_samples_leaf=40,
        random_state=seed,
    )  # fmt: skip
    return trees.fit(x, y, sample_weight=weights)


def _limit(scores: Any, y: Any, precise: float) -> float:
    """Return the least score from which on at least the share `precise` of candidates is true."""
    order = np.argsort(-scores)
    share = np.cumsum(y[order]) / np.arange(1, len(y) + 1)
    good = np.nonzero(share >= precise)[0]
    return round(float(scores[order[good[-1]]]), 4) if len(good) else 1.0


def _plain(fitted: GradientBoostingClassifier, names: list[str]) -> dict[str, Any]:
    rate = fitted.learning_rate
    prior = float(fitted.init_.class_prior_[1])
    return {
        "features": names,
        "bias": round(float(np.log(prior / (1 - prior))), 5),
        "trees": [_tree(one[0].tree_, 0, rate) for one in fitted.estimators_],
    }


def _tree(tree: Any, node: int, rate: float) -> Any:
    if tree.children_left[node] < 0:
        return round(float(tree.value[node][0][0]) * rate, 4)
    branches = (_tree(tree, child, rate) for child in (tree.children_left[node], tree.children_right[node]))
    return [int(tree.feature[node]), round(float(tree.threshold[node]), 5), *branches]


def _rows(regions: list[labelled.Region], labels: list[labelled.Label]) -> Iterator[Row]:
    book, engine, examiner = _scanner()
    texts = labelled.texts(regions)
    for path in sorted({one.path for one in labels}):
        repo, _, inner = path.partition("/")
        here = [one for one in labels if one.path == path]
        blob = Blob(path=inner, data=texts[path].encode())
        for candidate, rule, lines in _candidates(examiner, book, engine, blob):
            true = _verdict(candidate, lines, here)
            if true is not None:
                yield _row(repo, candidate, rule, inner, lines, true=true)


def _clean_rows(folder: Path) -> Iterator[Row]:
    """Yield the candidates in the files of the checkout `folder`, all of them no credential."""
    book, engine, examiner = _scanner()
    for blob in TreeSource(str(folder)):
        if isinstance(blob, Blob):
            for candidate, rule, lines in _candidates(examiner, book, engine, blob):
                yield _row(folder.name, candidate, rule, blob.path, lines, true=False)


def _scanner() -> tuple[RuleBook, Engine, Examiner]:
    book = load_rulebook()
    engine = prepared(book)
    config = ScanConfig(analysis=Analysis.OFF, min_confidence=Confidence.LOW)
    return book, engine, Examiner(book, config, b"", date.min, engine)


def _candidates(
    examiner: Examiner, book: RuleBook, engine: Engine, blob: Blob
) -> Iterator[tuple[Candidate, Rule, LineIndex]]:
    """Yield what only a name speaks for in `blob` and no filter turns down."""
    suspect, lines = whole(blob, engine), LineIndex(blob.data)
    found = Found(engine.document["targets"], suspect.hits)
    for candidate in examiner.candidates(suspect, lines, found):
        rule = book.by_id[candidate.rule_id]
        if rule.generic and filtered(candidate, rule, blob.path, lines) is None:
            yield candidate, rule, lines


def _row(repo: str, candidate: Candidate, rule: Rule, path: str, lines: LineIndex, *, true: bool) -> Row:
    key = (candidate.binding, str(hash(candidate.value.reveal())))
    return Row(repo, features(candidate, rule, path, lines), true, key)


def _verdict(candidate: Candidate, lines: LineIndex, labels: list[labelled.Label]) -> bool | None:
    region = lines.region(candidate.span)
    touched = [one for one in labels if one.line <= region.end_line and region.start_line <= one.end_line]
    true = [one for one in touched if one.true]
    if any(_overlaps(one, region) for one in true):
        return True
    return None if true or not touched else False


def _overlaps(label: labelled.Label, region: Any) -> bool:
    if label.value_start < 0 or label.line != label.end_line:
        return True
    return bool(label.value_start < region.end_column - 1 and region.start_column - 1 < label.value_end)


if __name__ == "__main__":
    main()
