"""The engine itself: finds the latest commit, searches it, and writes the next one."""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace as changed
from datetime import datetime
from pathlib import Path
from typing import Any

from whoosh.index import FileIndex
from whoosh.reading import SegmentReader
from whoosh.writing import SegmentWriter

from search.analysis import ENGLISH, Language
from search.engine import (
    MAX_RESULTS,
    Condition,
    Document,
    DocumentsOf,
    Health,
    IndexUnusable,
    Query,
    Results,
)
from search.explanation import Explanation
from search.facts import by_question
from search.synonyms import Reader, Vocabulary
from search.whoosh_engine.explain import explain
from search.whoosh_engine.find import find, find_similar
from search.whoosh_engine.folder import IndexFolder, Stamp, format_in, report_damage, reported_damage, size
from search.whoosh_engine.schema import BODY_TEXT, SCHEMA, TITLE_TEXT, format_of, write_group
from search.whoosh_engine.segment import READING, Damaged, PostingsCache, Vanished
from search.whoosh_engine.snapshot import NAME, Snapshot
from search.whoosh_engine.storage import Files

KEPT_POSTINGS = 600_000
"""So many postings stay unpacked in a process: at most 8 bytes each, 5 MB in all."""
WRITER_MB = 32
"""Whoosh sorts what is written in memory of this size, then on the disk."""
TRIES = 5
"""A reader whose files are replaced under it opens the next commit; more often than this is damage, not bad luck."""
SIZE_STEP = 3
"""A segment is merged into the new one when it has at most so many times the documents merged so far."""
SMALL = 24
"""Segments below this many documents are always merged."""

log = logging.getLogger(__name__)


class _Unready(Exception):
    """There is nothing to read; `condition` says why."""

    def __init__(self, condition: Condition, reason: str) -> None:
        super().__init__(reason)
        self.condition = condition


class WhooshEngine:
    """A `SearchEngine` in the folder `root`. One process writes at a time, any number read."""

    def __init__(self, root: Path, language: Language = ENGLISH, vocabulary: Reader | None = None) -> None:
        self._folder = IndexFolder(root, format_of(language))
        self._language = language
        self._vocabulary = vocabulary or (lambda: Vocabulary(language))
        self._cache = PostingsCache(KEPT_POSTINGS)
        self._lock = threading.RLock()
        self._snapshot: Snapshot | None = None
        self._stamp: Stamp | None = None
        self._at: Path | None = None
        """The index that is being read."""
        self._broken: Path | None = None
        """The index that damage was met in."""

    # Finding

    def search(self, query: Query) -> Results:
        query = changed(query, limit=max(1, min(query.limit, MAX_RESULTS)))
        if query.is_empty:
            return Results()
        return self._read(lambda snapshot: find(snapshot, query, self._vocabulary()))

    def explain(self, query: Query) -> tuple[Explanation, ...]:
        query = changed(query, limit=max(1, min(query.limit, MAX_RESULTS)))
        explained: list[Explanation] = []

        def act(snapshot: Snapshot) -> Results:
            vocabulary = self._vocabulary()
            results = find(snapshot, query, vocabulary)
            explained[:] = explain(snapshot, query, vocabulary, results)
            return results

        self._read(act)
        return tuple(explained)

    def similar(self, text: str, limit: int, now: datetime, without: int | None = None) -> Results:
        query = Query(now=now, words=(text,), limit=max(1, min(limit, MAX_RESULTS)))
        return self._read(lambda snapshot: find_similar(snapshot, query, without, self._vocabulary()))

    def _read(self, act: Callable[[Snapshot], Results]) -> Results:
        """What `act` finds in the latest commit; no hits where there is no index that can be read.

        One thread at a time: Whoosh's files have one reading position, and the interpreter runs one thread anyway.
        """
        with self._lock:
            for attempt in range(TRIES):
                try:
                    return act(self._latest())
                except _Unready as unready:
                    return Results(condition=unready.condition)
                except (Vanished, Damaged) as error:
                    self._snapshot = self._stamp = None
                    replaced = self._folder.live() != self._at
                    if attempt == TRIES - 1 or (isinstance(error, Damaged) and not replaced):
                        return self._met_damage(error)
        raise AssertionError("unreachable")

    def _met_damage(self, error: Damaged | Vanished) -> Results:
        folder = self._at
        if folder is None or not folder.is_dir():
            return Results(condition=Condition.MISSING)
        log.error("the search index %s is damaged", folder, exc_info=error)
        self._broken = folder
        report_damage(folder, str(error))
        return Results(condition=Condition.DAMAGED)

    def _latest(self) -> Snapshot:
        held = self._snapshot
        if held is not None and self._stamp is not None and self._folder.stamp(held.folder) == self._stamp:
            return held
        self._at = self._folder.live()
        live = self._usable(self._at)
        stamp = self._folder.stamp(live)
        if held is None or held.folder != live or not held.is_latest():
            held = Snapshot(live, self._cache, held)
        self._snapshot, self._stamp = held, stamp
        return held

    def _usable(self, live: Path | None) -> Path:
        """The live index's folder, as far as can be told without opening the index."""
        if live is None or not live.is_dir():
            raise _Unready(Condition.MISSING, "there is no search index yet")
        if live == self._broken:
            raise _Unready(Condition.DAMAGED, reported_damage(live))
        made_as = format_in(live)
        if made_as is None:
            raise Damaged("the index does not say how it was made")
        if made_as != self._folder.made_as:
            raise _Unready(Condition.OLD_FORMAT, "the search index was made by another version, or for another language")
        if reason := reported_damage(live):
            self._broken = live
            raise _Unready(Condition.DAMAGED, reason)
        return live

    # Writing

    def replace(self, question_ids: Collection[int], documents: Iterable[Document]) -> None:
        wanted = frozenset(question_ids)
        if not wanted:
            return
        with self._folder.writing():
            groups = list(by_question(documents))
            strangers = {question_id for question_id, _ in groups} - wanted
            if strangers:
                raise ValueError(f"documents of other questions: {sorted(strangers)}")
            if self._folder.is_rebuilding():
                self._folder.note(wanted)
            try:
                live = self._usable(self._folder.live())
            except (_Unready, Damaged) as unready:
                if self._folder.is_rebuilding():
                    return
                raise IndexUnusable(str(unready)) from unready
            self._commit(live, wanted, groups)

    def _commit(self, folder: Path, question_ids: Collection[int], groups: Iterable[tuple[int, list[Document]]]) -> None:
        """Take out the questions `question_ids` and put in `groups`. IndexUnusable: the index cannot be read."""
        try:
            with _writer(folder) as writer:
                base = 0
                for leaf in Snapshot(folder, self._cache, self._snapshot).leaves:
                    for question_id in question_ids:
                        for place in leaf.documents_of(question_id):
                            writer.delete_document(base + place)
                    base += leaf.segment.count
                for _, group in groups:
                    write_group(writer, group, self._language)
        except (Damaged, Vanished) as error:
            report_damage(folder, str(error))
            raise IndexUnusable(str(error)) from error

    def rebuild(self, documents: Iterable[Document], again: DocumentsOf) -> int:
        with self._folder.rebuilding() as folder:
            FileIndex.create(Files(folder), SCHEMA, NAME)
            seen: set[int] = set()
            with _writer(folder) as writer:
                for question_id, group in by_question(documents):
                    if question_id in seen:
                        raise ValueError(f"the documents of question {question_id} do not come one after the other")
                    seen.add(question_id)
                    write_group(writer, group, self._language)
            with self._folder.writing():
                missed = self._folder.noted()
                if missed:
                    self._commit(folder, missed, list(by_question(again(missed))))
                questions = _read_back(folder)
                self._folder.publish(folder)
            return questions

    def health(self) -> Health:
        try:
            live = self._usable(self._folder.live())
            snapshot = Snapshot(live, PostingsCache(0))
            for leaf in snapshot.leaves:
                for column in (TITLE_TEXT, BODY_TEXT):
                    leaf.segment.text(column, leaf.segment.count - 1)
        except _Unready as unready:
            return Health(unready.condition, reason=str(unready))
        except (Damaged, Vanished) as damaged:
            return Health(Condition.DAMAGED, reason=str(damaged))
        return Health(Condition.READY, snapshot.questions(), snapshot.documents, size(live))


def _read_back(folder: Path) -> int:
    """The number of questions in a new index."""
    try:
        return Snapshot(folder, PostingsCache(0)).questions()
    except (Damaged, Vanished) as error:
        raise IndexUnusable(f"what was just written cannot be read: {error}") from error


@contextmanager
def _writer(folder: Path) -> Iterator[SegmentWriter]:
    """A writer that commits at the end. When something is raised, the next commit removes what was written so far.

    Raises Damaged or Vanished for an index that cannot be read.
    """
    files = Files(folder)
    try:
        with READING:
            # Our own lock is held, and the system lets go of it with the process. Whoosh's would stay with a writer that failed.
            writer = FileIndex(files, SCHEMA, NAME).writer(limitmb=WRITER_MB, _lk=False)
        yield writer
        with READING:  # a merge reads
            writer.commit(mergetype=_merge)
    finally:
        files.let_go()


def _merge(writer: SegmentWriter, segments: list[Any]) -> list[Any]:
    """Whoosh's hook: put small segments into the new one; returns those that stay.

    Sizes then grow at least SIZE_STEP times from one segment to the next, so there are few, and a document is rewritten only
    a few times in its life. A segment of which half is deleted is rewritten too.
    """
    merged, kept = writer.doc_count(), []
    for segment in sorted(segments, key=lambda one: one.doc_count()):
        if segment.doc_count() <= max(SMALL, SIZE_STEP * merged) or segment.doc_count() * 2 < segment.doc_count_all():
            if segment.doc_count():
                reader = SegmentReader(writer.storage, writer.schema, segment)
                writer.add_reader(reader)
                reader.close()
            merged += segment.doc_count()
        else:
            kept.append(segment)
    return kept
