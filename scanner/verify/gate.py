"""The one door to verification: each value is asked about once, by a few threads, within a budget of time."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from queue import Empty, SimpleQueue

from scanner.model import Evidence, EvidenceKind, Finding, Verified
from scanner.rulebook.model import Rule
from scanner.verify.base import Question, Said, unknown
from scanner.verify.named import answer
from scanner.verify.reach import Reach
from strongroom.kernel.record import replace

Heard = Callable[[int, int], None]
"""Hears how many questions are answered, of how many."""
Key = tuple[str, ...]
_WORKERS = 4
_LISTEN = 0.2
"""Seconds after which the waiting looks up: for the end of the time, and for an interrupt."""
_NOBODY = unknown("its rule names nobody who could be asked")


class Gate:
    """Asks about findings. What was asked is remembered for a run, by digests under a key of that run."""

    def __init__(self, rules: Mapping[str, Rule], reach: Reach, *, workers: int = _WORKERS) -> None:
        self._rules = rules
        self._reach = reach
        self._workers = workers
        self._key = os.urandom(32)

    def verified(self, findings: Sequence[Finding], heard: Heard | None = None) -> tuple[Finding, ...]:
        """Return the findings with what is known of each, those that are live first.

        What is suppressed was accepted beforehand and is not asked about.
        """
        asked = [self._question(found) for found in findings]
        keys = [question.key(self._key) if question is not None else () for question in asked]
        questions = {key: question for key, question in zip(keys, asked, strict=True) if question is not None}
        answers = {(): _NOBODY, **self._answers(questions, heard)}
        late = unknown(self._reach.pace.out_of_time().why)
        told = [
            found if found.suppressed_by is not None else _told(found, answers.get(key, late))
            for key, found in zip(keys, findings, strict=True)
        ]
        return tuple(sorted(told, key=lambda found: found.verified is not Verified.ACTIVE))

    def _question(self, found: Finding) -> Question | None:
        rule = self._rules[found.rule_id]
        if rule.verifier is None or found.suppressed_by is not None:
            return None
        return Question(rule_id=rule.id, verifier=rule.verifier, value=found.value, surroundings=found.surroundings)

    def _answers(self, questions: Mapping[Key, Question], heard: Heard | None) -> dict[Key, Said]:
        waiting: SimpleQueue[tuple[Key, Question]] = SimpleQueue()
        done: SimpleQueue[tuple[Key, Said]] = SimpleQueue()
        for asked in _in_turn(questions):
            waiting.put(asked)
        for _ in range(min(self._workers, len(questions))):
            # A daemon: who interrupts a run does not wait for what hangs.
            threading.Thread(target=_work, args=(waiting, done, self._reach), daemon=True).start()
        try:
            return dict(self._collected(done, len(questions), heard))
        except BaseException:
            self._reach.pace.clock.stop()
            raise

    def _collected(
        self, done: SimpleQueue[tuple[Key, Said]], number: int, heard: Heard | None
    ) -> Iterator[tuple[Key, Said]]:
        count = 0
        while count < number:
            try:
                answered = done.get(timeout=_LISTEN)
            except Empty:
                if self._reach.pace.spent:
                    return
                continue
            count += 1
            if heard is not None:
                heard(count, number)
            yield answered


def _in_turn(questions: Mapping[Key, Question]) -> list[tuple[Key, Question]]:
    """Return the first question of each rule, then the second of each: no host keeps all threads waiting for it."""
    asked: Counter[str] = Counter()
    turns = []
    for key, question in questions.items():
        turns.append((asked[question.rule_id], key, question))
        asked[question.rule_id] += 1
    return [(key, question) for _, key, question in sorted(turns, key=lambda turn: turn[0])]


def _work(waiting: SimpleQueue[tuple[Key, Question]], done: SimpleQueue[tuple[Key, Said]], reach: Reach) -> None:
    while True:
        try:
            key, question = waiting.get_nowait()
        except Empty:
            return
        done.put((key, answer(question, reach)))


def _told(found: Finding, said: Said) -> Finding:
    evidence = Evidence(kind=EvidenceKind.VERIFICATION, detail=f"{said.state}: {said.why}")
    return replace(found, verified=said.state, evidence=(*found.evidence, evidence))
