"""An index as one commit left it, open for reading."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from whoosh.index import TOC, EmptyIndexError, FileIndex

from search.engine import Freshness
from search.facts import ARCHIVED, FOREVER, LIVING, freshness_at
from search.whoosh_engine.schema import BODY, SCHEMA, TITLE
from search.whoosh_engine.segment import READING, Damaged, PostingsCache, Segment, Vanished
from search.whoosh_engine.storage import Files, closing_after_failure

NAME = "MAIN"
"""Whoosh's name for the one index of a folder."""


class Leaf:
    """A segment without what a commit deleted from it."""

    def __init__(self, segment: Segment, deleted: Iterable[int]) -> None:
        self.segment = segment
        deleted = list(deleted)
        self.deleted = len(deleted)
        self.alive = bytearray(b"\1") * segment.count
        for place in deleted:
            self.alive[place] = 0
        flags = segment.facts.flags
        self._kept = [bool(alive and not flag & ARCHIVED) for alive, flag in zip(self.alive, flags, strict=True)]
        self._living: list[bool] = []
        self._living_from = self._living_until = 0

    def shown(self, states: frozenset[Freshness], now: int) -> list[bool]:
        """For every document whether its text takes part: questions and living answers do, and answers in one of `states`."""
        if states <= LIVING:
            return self._shown_living(now)
        states |= LIVING
        facts = self.segment.facts
        lives = zip(self.alive, facts.answer, facts.best_before, facts.expires, facts.flags, strict=True)
        return [
            bool(alive) and (not answer or freshness_at(now, best_before, expires, flags) in states)
            for alive, answer, best_before, expires, flags in lives
        ]

    def _shown_living(self, now: int) -> list[bool]:
        """As above for living answers. Kept until the next one of them expires, since nearly every search asks for it."""
        if not self._living_from <= now < self._living_until:
            expires = self.segment.facts.expires
            self._living = [kept and end > now for kept, end in zip(self._kept, expires, strict=True)]
            self._living_from = max((end for end in expires if end <= now), default=0)
            self._living_until = min((end for end in expires if end > now), default=FOREVER)
        return self._living

    def documents_of(self, question_id: int) -> range:
        """The places of a question's documents that are not deleted; empty when it is not here."""
        questions, start = self.segment.facts.question, 0
        while True:
            try:
                first = questions.index(question_id, start)
            except ValueError:
                return range(0)
            end = self.segment.end(first)
            if self.alive[first]:
                return range(first, end)
            start = end


class Snapshot:
    """The leaves of a commit and what is counted over all of them. Raises Vanished or Damaged when it cannot be opened."""

    def __init__(self, folder: Path, cache: PostingsCache, before: "Snapshot | None" = None) -> None:
        """Open the latest commit in `folder`, taking over from `before` the segments that both have."""
        known = {leaf.segment.id: leaf for leaf in before.leaves} if before and before.folder == folder else {}
        self.folder: Path = folder
        storage = Files(folder)
        with closing_after_failure(storage), READING:
            try:
                self._index = FileIndex(storage, SCHEMA, NAME)
                contents = TOC.read(storage, NAME, schema=SCHEMA)
            except EmptyIndexError as error:
                raise (Damaged if folder.is_dir() else Vanished)("the index has no table of contents") from error
            self.generation: int = contents.generation
            self.leaves: list[Leaf] = [_leaf(part, known.get(part.segment_id()), storage, cache) for part in contents.segments]
        self.documents = sum(sum(leaf.alive) for leaf in self.leaves)
        self.average = {
            TITLE: self._average(TITLE, sum(leaf.segment.questions for leaf in self.leaves)),
            BODY: self._average(BODY, sum(leaf.segment.count for leaf in self.leaves)),
        }

    def _average(self, field: str, texts: int) -> float:
        """The usual length of a field in words, rounded so that a single commit does not change every score."""
        return float(f"{sum(leaf.segment.words[field] for leaf in self.leaves) / max(1, texts):.2g}") or 1.0

    def is_latest(self) -> bool:
        """Whether no commit came after this one."""
        with READING:
            return bool(self._index.latest_generation() == self.generation)

    def questions(self) -> int:
        """How many questions there are."""
        return sum(
            1
            for leaf in self.leaves
            for alive, answer in zip(leaf.alive, leaf.segment.facts.answer, strict=True)
            if alive and not answer
        )


def _leaf(part: Any, known: Leaf | None, storage: Files, cache: PostingsCache) -> Leaf:  # noqa: ANN401 - Whoosh has no types
    if known is not None and known.deleted == part.deleted_count():
        return known
    return Leaf(known.segment if known is not None else Segment(storage, part, cache), part.deleted_docs())
