"""The engine itself: one transaction for each search, one for each change, and a new index beside the old one."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace as changed
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from search.analysis import ANALYSIS_VERSION, ENGLISH, Language
from search.database_engine import state, writing
from search.database_engine.explain import Explaining
from search.database_engine.find import Finding, Index
from search.database_engine.fts5 import Fts5
from search.database_engine.full_text import FullText
from search.database_engine.health import look
from search.database_engine.locks import PATIENCE_MS, Locks, PostgresLocks, SqliteLocks
from search.database_engine.statistics import Statistics
from search.database_engine.tables import documents_table, texts_table
from search.database_engine.tsearch import Tsearch
from search.engine import (
    MAX_RESULTS,
    Condition,
    Document,
    DocumentsOf,
    Health,
    IndexBusy,
    IndexUnusable,
    Query,
    Results,
)
from search.explanation import Explanation
from search.synonyms import Reader, Vocabulary

LAYOUT_VERSION = 2
"""Raise it when this package changes what is written: older indexes are then made anew."""
TRIES = 3
"""Who reads while an index is replaced by a new one looks at the new one; more often than this is damage, not bad luck."""
TIDYING = 2000
"""Steps of tidying a new index at the most."""
DROP_PATIENCE_MS = 3_000
"""How long readers of an old index are waited for on PostgreSQL, before it is left for the next rebuild to remove."""

log = logging.getLogger(__name__)

Reading = Callable[[], AbstractContextManager[Connection]]


class DatabaseEngine:
    """A `SearchEngine` in the database of `engine`, whose migrations have been run.

    `reading` lends a connection to search with, one that sees everything as of one moment; without it each search takes its own.
    `vocabulary` tells which words mean the same.
    """

    def __init__(
        self,
        engine: Engine,
        reading: Reading | None = None,
        language: Language = ENGLISH,
        vocabulary: Reader | None = None,
    ) -> None:
        self._engine = engine
        self._reading = reading or self._own
        on_sqlite = engine.dialect.name == "sqlite"
        self._full_text: FullText = Fts5() if on_sqlite else Tsearch(language.stop_words)
        self._locks: Locks = SqliteLocks(engine) if on_sqlite else PostgresLocks(engine)
        self._index = Index(self._full_text, Statistics(self._full_text))
        self._language = language
        self._vocabulary = vocabulary or (lambda: Vocabulary(language))
        self._format = f"bestbefore {LAYOUT_VERSION}.{ANALYSIS_VERSION} {language.code}"

    # Finding

    def search(self, query: Query) -> Results:
        query = changed(query, limit=max(1, min(query.limit, MAX_RESULTS)))
        if query.is_empty:
            return Results()
        return self._find(query, Finding.search)

    def explain(self, query: Query) -> tuple[Explanation, ...]:
        query = changed(query, limit=max(1, min(query.limit, MAX_RESULTS)))
        explained: list[Explanation] = []

        def act(finding: Finding) -> Results:
            explaining = Explaining(finding.connection, self._index, finding.number, query, finding.vocabulary)
            results = explaining.search()
            explained[:] = explaining.explanations
            return results

        self._find(query, act)
        return tuple(explained)

    def similar(self, text: str, limit: int, now: datetime, without: int | None = None) -> Results:
        query = Query(now=now, words=(text,), limit=max(1, min(limit, MAX_RESULTS)))
        return self._find(query, lambda finding: finding.similar(without))

    def _find(self, query: Query, act: Callable[[Finding], Results]) -> Results:
        """What `act` finds in the live index; no hits where there is none that can be read."""
        number: int | None = None
        for _ in range(TRIES):
            before = number
            try:
                with self._reading() as connection:
                    standing = state.read(connection)
                    number = standing.live
                    condition, _reason = standing.condition(self._format)
                    if condition is not Condition.READY or number is None:
                        return Results(condition=condition)
                    if self._engine.dialect.name != "sqlite":
                        _use_indexes(connection)
                    return act(Finding(connection, self._index, number, query, self._vocabulary()))
            except DBAPIError as error:
                if not self._full_text.is_damage(error):
                    raise
                if number is None or number == before:
                    return self._met_damage(number, error)
        return Results(condition=Condition.DAMAGED)

    def _met_damage(self, number: int | None, error: DBAPIError) -> Results:
        log.error("the search index in the database is damaged", exc_info=error)
        if number is not None:
            try:
                with self._writing() as connection:
                    state.report_damage(connection, number, str(error.orig))
            except (DBAPIError, IndexBusy) as unwritten:
                log.warning("nobody else could be told: %s", unwritten)
        return Results(condition=Condition.DAMAGED)

    @contextmanager
    def _own(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            if self._engine.dialect.name != "sqlite":
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    # Writing

    def replace(self, question_ids: Collection[int], documents: Iterable[Document]) -> None:
        if question_ids:
            with self._writing() as connection:
                self.replace_within(connection, question_ids, documents)

    def replace_within(
        self, connection: Connection, question_ids: Collection[int], documents: Iterable[Document], patience_ms: int = PATIENCE_MS
    ) -> None:
        """`replace`, as a part of the transaction that `connection` is in, which has to see what others commit meanwhile.

        Waits for other writers of the same questions so long at the most, on PostgreSQL."""
        try:
            self._locks.write(connection, question_ids, patience_ms)
            self._replace(connection, question_ids, documents)
        except DBAPIError as error:
            if self._locks.is_busy(error):
                raise IndexBusy("another process is writing the search index") from error
            if self._full_text.is_damage(error):
                raise IndexUnusable(str(error.orig)) from error
            raise

    def _replace(self, connection: Connection, question_ids: Collection[int], documents: Iterable[Document]) -> None:
        standing = state.read(connection)
        condition, reason = standing.condition(self._format)
        if standing.building is not None:
            state.note(connection, question_ids)
        if condition is not Condition.READY or standing.live is None:
            if standing.building is not None and self._locks.is_rebuilding():
                return
            raise IndexUnusable(reason)
        questions = writing.rows_of(question_ids, documents, self._language)
        writing.replace(connection, self._full_text, standing.live, question_ids, questions)

    def rebuild(self, documents: Iterable[Document], again: DocumentsOf) -> int:
        with self._locks.rebuilding():
            number = self._begin()
            try:
                for batch in writing.in_batches(documents, self._language):
                    with self._writing() as connection:
                        writing.add(connection, self._full_text, number, batch)
                self._tidy(number)
                questions = self._publish(number, again)
            except BaseException:
                self._give_up(number)
                raise
            self._sweep()
            return questions

    def _begin(self) -> int:
        self._sweep()
        with self._writing() as connection:
            self._locks.write_everything(connection)
            number = state.begin(connection)
            documents_table(number).create(connection)
            texts_table(number).create(connection)
            self._full_text.create(connection, number)
        return number

    def _tidy(self, number: int) -> None:
        for _ in range(TIDYING):
            with self._writing() as connection:
                if not self._full_text.tidy(connection, number):
                    return

    def _publish(self, number: int, again: DocumentsOf) -> int:
        with self._writing() as connection:
            size = self._full_text.bytes(connection, number)
        with self._writing() as connection:
            self._locks.write_everything(connection)
            missed = state.noted(connection)
            if missed:
                questions = writing.rows_of(missed, again(missed), self._language)
                writing.replace(connection, self._full_text, number, missed, questions)
            count = self._full_text.size(connection, number)
            state.publish(connection, number, self._format, size)
        return count

    def _give_up(self, number: int) -> None:
        """Best effort: whoever rebuilds next removes what is left over."""
        try:
            with self._writing() as connection:
                state.give_up(connection, number)
            self._sweep()
        except (DBAPIError, IndexBusy) as error:
            log.warning("an unfinished search index was left behind: %s", error)

    def _sweep(self) -> None:
        """Remove all tables but those of the live index. Only by who holds the lock of rebuilding."""
        with self._engine.connect() as connection:
            keep = state.read(connection).live
            others = state.numbers(connection) - {keep}
        for number in sorted(others):
            try:
                with self._writing() as connection:
                    if connection.dialect.name != "sqlite":
                        connection.execute(select(func.set_config("lock_timeout", f"{DROP_PATIENCE_MS}ms", True)))
                    self._full_text.drop(connection, number)
                    documents_table(number).drop(connection, checkfirst=True)
                    texts_table(number).drop(connection, checkfirst=True)
            except IndexBusy:
                log.info("the search index %d is still being read; the next rebuild removes it", number)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that sees what others commit, and on SQLite begins as the only writer. Raises IndexBusy."""
        options = {"writes": True} if self._engine.dialect.name == "sqlite" else {"isolation_level": "READ COMMITTED"}
        try:
            with self._engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            if self._locks.is_busy(error):
                raise IndexBusy("another process is writing the search index") from error
            raise

    # How it is

    def health(self) -> Health:
        try:
            with self._reading() as connection:
                return self._health(connection)
        except DBAPIError as error:
            if not self._full_text.is_damage(error):
                raise
            return Health(Condition.DAMAGED, reason=str(error.orig))

    def _health(self, connection: Connection) -> Health:
        standing = state.read(connection)
        condition, reason = standing.condition(self._format)
        if condition is not Condition.READY or standing.live is None:
            return Health(condition, reason=reason)
        return look(connection, self._full_text, standing)


def _use_indexes(connection: Connection) -> None:
    """The planner takes a word that many questions have for a reason to read them all; unpacking every vector costs far more."""
    connection.execute(select(func.set_config("enable_seqscan", "off", True)))
