"""A search from the query to the hits, on one index as one transaction sees it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, or_, select, tuple_

from search import ranking
from search.database_engine.full_text import FullText
from search.database_engine.rows import facet_word, spaced
from search.database_engine.score import Asked, Found, Looking
from search.database_engine.statistics import Statistics
from search.database_engine.tables import documents_table, texts_table
from search.database_engine.wanted import Clause, Term, Wanted, all_of, phrase_part, telling
from search.engine import Cursor, Freshness, Hit, Mark, Query, Results
from search.facts import ACCEPTED, ARCHIVED, OFFICIAL, facet_term
from search.highlight import excerpt, marked
from search.synonyms import Alike, Vocabulary

LOOKED_AT = 150
"""So many questions of the full text's best are looked at one by one."""
AGAIN = 1000
"""So many when too few of those fit, because their words stand in answers that are over."""
MOST_TERMS = 60
"""So many different words of a query are looked for, the first ones."""
STRETCHES = 20
"""Without words questions are gone through by their activity, LOOKED_AT at a time, so often at most."""


class Index(NamedTuple):
    """A full text and what was counted of it."""

    full_text: FullText
    statistics: Statistics


class Finding:
    """One query on one index."""

    def __init__(self, connection: Connection, index: Index, number: int, query: Query, vocabulary: Vocabulary) -> None:
        self.connection, self.number, self.query = connection, number, query
        self.full_text, self.statistics = index
        self.totals = self.statistics.totals(connection, number)
        self.vocabulary, self.language = vocabulary, vocabulary.language
        self.documents = documents_table(number).c
        self.answers = documents_table(number).alias("answers").c
        self.phrases = [words for text in query.phrases if (words := self.language.phrase(text).split())]
        self.without = [words for text in query.without if (words := self.language.phrase(text).split())]

    # What is found

    def search(self) -> Results:
        """Where no question has all the words, those with the most telling ones; without words, the latest."""
        terms = self._terms(self.query.words, self.query.phrases)
        if not terms:
            if not self.query.is_narrowed:
                return Results(only_common_words=True)
            found, more = self._latest()
            return self._page(found, terms, more=more, only_common_words=bool(self.query.words or self.query.phrases))
        found = self._with_all(terms)
        if not found and len(terms) > 1:
            found, terms = self._with_some(terms)
            return self._page(found, terms, relaxed=bool(found))
        return self._page(found, terms)

    def similar(self, without: int | None) -> Results:
        """Questions that share the most telling of the query's words, without the question `without`."""
        found, terms = self._with_some(self._terms(self.query.words))
        return self._page([one for one in found if one.question_id != without], terms, quote=False)

    def _terms(self, words: Iterable[str], phrases: Iterable[str] = ()) -> list[Term]:
        """The terms of all these, rarest first."""
        asked: list[Alike] = [alike for text in words for alike in self.vocabulary.asked(text)]
        exactly = [alike for text in phrases for alike in self.vocabulary.exactly(text)]
        found = list(dict.fromkeys([*asked, *exactly]))[:MOST_TERMS]
        return self.statistics.weighed(self.connection, self.number, found, self.totals.questions)

    def _with_all(self, terms: Sequence[Term]) -> list[Found]:
        if not all(term.questions for term in terms):
            return []
        wanted = all_of(terms, self._always(), self.totals.questions, self.full_text.most)
        looking = self._looking(terms)
        for most in (LOOKED_AT, AGAIN):
            ids = self.full_text.best(self.connection, self.number, wanted, most)
            found = self._after(looking.score(self._rows(ids)))
            if len(found) > self.query.limit or len(ids) < most:
                break
        return found

    def _with_some(self, terms: Sequence[Term]) -> tuple[list[Found], list[Term]]:
        """By the rarest of the terms that occur at all, and not all of them needed."""
        rarest = [term for term in terms if term.questions][: ranking.RAREST]
        if not rarest:
            return [], []
        least = ranking.LEAST_SHARE * sum(term.rarity for term in rarest)
        clauses = telling(rarest, self.totals.questions, self.full_text.most)
        ids = self.full_text.best(self.connection, self.number, Wanted(clauses, self._always()), LOOKED_AT)
        return self._after(self._looking(rarest, least).score(self._rows(ids))), rarest

    def _always(self) -> Clause:
        """What the full text can tell besides the terms: phrases and facets. What must not be is looked for one by one."""
        facets = [((facet_word(facet_term(one.facet, one.value)),),) for one in self.query.facets if one.wanted]
        return (*(phrase_part(words) for words in self.phrases), *facets)

    def _looking(self, terms: Sequence[Term], least: float = 0.0) -> Looking:
        asked = Asked(
            self.query,
            terms,
            [spaced(words) for words in self.phrases],
            [spaced(words) for words in self.without],
            self.totals.averages,
            least,
        )
        return Looking(asked)

    def _after(self, found: Iterable[Found]) -> list[Found]:
        """Best first, from where the page before ended."""
        after = self.query.after
        ordered = sorted(found, reverse=True)
        return ordered if after is None else [one for one in ordered if (one.score, one.question_id) < after]

    # Without words

    def _latest(self) -> tuple[list[Found], Cursor | None]:
        """What was active last first, in stretches; and where to go on when they did not reach the end."""
        looking: Looking = self._looking(())
        found: list[Found] = []
        at = self.query.after
        for _ in range(STRETCHES):
            stretch = self.connection.execute(self._stretch(at)).all()
            found += sorted(looking.score(self._rows([row.question_id for row in stretch])), reverse=True)
            if len(found) > self.query.limit or len(stretch) < LOOKED_AT:
                return found, None
            at = Cursor(float(stretch[-1].activity), stretch[-1].question_id)
        return found, at

    def _stretch(self, after: Cursor | None) -> Select[*tuple[Any, ...]]:
        documents = self.documents
        statement = select(documents.question_id, documents.activity).where(documents.answer_id == 0, *self._narrowed())
        if after is not None:
            statement = statement.where(tuple_(documents.activity, documents.question_id) < (int(after.score), after.question_id))
        return statement.order_by(documents.activity.desc(), documents.question_id.desc()).limit(LOOKED_AT)

    def _narrowed(self) -> Iterator[ColumnElement[bool]]:
        """What the database can tell of a question before its rows are looked at."""
        wanted = Wanted((), self._always())
        if not wanted.is_anything:
            yield self.documents.question_id.in_(self.full_text.having(self.number, wanted))
        if self.query.states:
            yield self._has_answer(or_(*(self._is(state) for state in self.query.states)))
        living = or_(self._is(Freshness.CURRENT), self._is(Freshness.DUE))
        for mark in self.query.marks:
            if mark is Mark.UNANSWERED:
                yield ~self._has_answer(None)
            else:
                flag = ACCEPTED if mark is Mark.SOLVED else OFFICIAL
                state = living if mark is Mark.SOLVED or not self.query.states else None
                is_so = self.answers.flags.op("&")(flag) != 0
                yield self._has_answer(is_so if state is None else and_(is_so, state))

    def _has_answer(self, condition: ColumnElement[bool] | None) -> ColumnElement[bool]:
        answers = self.answers
        theirs = and_(answers.question_id == self.documents.question_id, answers.answer_id > 0)
        return exists(select(answers.answer_id).where(theirs if condition is None else and_(theirs, condition)))

    def _is(self, state: Freshness) -> ColumnElement[bool]:
        answers, now = self.answers, int(self.query.now.timestamp() // 1)
        archived = answers.flags.op("&")(ARCHIVED) != 0
        match state:
            case Freshness.ARCHIVED:
                return archived
            case Freshness.EXPIRED:
                return and_(~archived, answers.expires <= now)
            case Freshness.DUE:
                return and_(~archived, answers.expires > now, answers.best_before <= now)
            case Freshness.CURRENT:
                return and_(~archived, answers.expires > now, answers.best_before > now)

    # Rows and pages

    def _rows(self, ids: Sequence[int]) -> Iterable[Row[Any]]:
        """What is looked at of the questions, each one's documents together."""
        if not ids:
            return ()
        documents = self.documents
        statement = select(documents_table(self.number)).where(self.full_text.among(documents.question_id, ids))
        return self.connection.execute(statement.order_by(documents.question_id, documents.answer_id)).all()

    def _page(
        self,
        found: Sequence[Found],
        terms: Sequence[Term],
        *,
        more: Cursor | None = None,
        relaxed: bool = False,
        only_common_words: bool = False,
        quote: bool = True,
    ) -> Results:
        page = found[: self.query.limit]
        if len(found) > len(page):
            more = Cursor(page[-1].score, page[-1].question_id)
        wanted = frozenset(word for term in terms for word in term.words)
        hits = tuple(self._hits(page, self._looking(terms), wanted, quote=quote))
        return Results(hits, more, relaxed=relaxed, only_common_words=only_common_words)

    def _hits(self, page: Sequence[Found], looking: Looking, wanted: frozenset[str], *, quote: bool) -> Iterator[Hit]:
        shown = [(one, looking.shown(one)) for one in page]
        titles = {(one.question_id, 0) for one in page}
        texts = self._texts(titles | {(one.question_id, what.quoted_id) for one, what in shown if quote})
        for one, what in shown:
            quoted = texts[one.question_id, what.quoted_id][1] if quote else ""
            yield Hit(
                question_id=one.question_id,
                score=one.score,
                title=marked(texts[one.question_id, 0][0], wanted, self.language),
                answer_id=what.answer_id or None,
                freshness=what.freshness,
                excerpt=excerpt(quoted, wanted, self.language),
                excerpt_answer_id=(what.quoted_id or None) if quote else None,
            )

    def _texts(self, which: set[tuple[int, int]]) -> dict[tuple[int, int], tuple[str, str]]:
        if not which:
            return {}
        texts, among = texts_table(self.number), self.full_text.among
        # SQLite would read the whole table for pairs; an answer's number tells its question anyway.
        theirs = among(texts.c.question_id, sorted({question_id for question_id, _ in which}))
        those = among(texts.c.answer_id, sorted({answer_id for _, answer_id in which}))
        rows = self.connection.execute(select(texts).where(theirs, those)).all()
        return {(row.question_id, row.answer_id): (row.title, row.body) for row in rows}
