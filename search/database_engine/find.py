"""A search from the query to the hits, on one index as one transaction sees it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace as changed
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Select, and_, exists, literal, or_, select, tuple_

from search import ranking
from search.database_engine.full_text import FullText
from search.database_engine.rows import facet_word, spaced
from search.database_engine.score import Asked, Found, Looking
from search.database_engine.statistics import Statistics
from search.database_engine.tables import documents_table, texts_table
from search.database_engine.wanted import Clause, Term, Wanted, all_of, phrase_part, telling
from search.engine import Counts, Cursor, Freshness, Hit, Mark, Query, Results
from search.facts import ACCEPTED, ALL_FLAGS, ARCHIVED, FOREVER, OFFICIAL, asked_between, facet_term
from search.highlight import excerpt, marked
from search.synonyms import Alike, Vocabulary

LOOKED_AT = 150
"""So many questions of the full text's best are looked at one by one."""
AGAIN = 1000
"""So many when too few of those fit, because their words stand in answers that are over, or when all of them were seen."""
BEST, NEXT, RELAXED = 0, 1, 2
"""The parts of the results: of the first LOOKED_AT, of the others, and of those that have only some of the words."""
MOST_TERMS = 60
"""So many different words of a query are looked for, the first ones."""
STRETCHES = 3
"""By a date or the votes, questions are gone through LOOKED_AT at first and then AGAIN at a time, so often at most."""


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
        terms, after = self._terms(self.query.words, self.query.phrases), self.query.after
        if not terms and not self.query.is_narrowed:
            return Results(only_common_words=True)
        results = Results()
        if after is None or after.part != RELAXED:
            results = self._with_all(terms)
        is_over = results.hits or results.cut or results.more
        if not is_over and len(terms) > 1 and (after is None or after.part == RELAXED):
            results = self._with_some(terms)
            results = changed(results, relaxed=bool(results.hits), cut=results.cut and bool(results.hits))
        return changed(results, only_common_words=not terms and bool(self.query.words or self.query.phrases))

    def similar(self, without: int | None) -> Results:
        """Questions that share the most telling of the query's words, without the question `without`."""
        return self._with_some(self._terms(self.query.words), without, quote=False)

    def _terms(self, words: Iterable[str], phrases: Iterable[str] = ()) -> list[Term]:
        """The terms of all these, rarest first."""
        asked: list[Alike] = [alike for text in words for alike in self.vocabulary.asked(text)]
        exactly = [alike for text in phrases for alike in self.vocabulary.exactly(text)]
        found = list(dict.fromkeys([*asked, *exactly]))[:MOST_TERMS]
        return self.statistics.weighed(self.connection, self.number, found, self.totals.questions)

    def _with_all(self, terms: Sequence[Term]) -> Results:
        if not all(term.questions for term in terms):
            return Results()
        looking = self._looking(terms)
        return self._in_order(looking, terms) if looking.key else self._by_relevance(looking, terms)

    def _by_relevance(self, looking: Looking, terms: Sequence[Term]) -> Results:
        """The full text's best ones, by how well they fit; then the next ones, again by how well these fit. So every page is of
        the same two parts, whichever page it is, and none is told twice or left out between two pages."""
        wanted = all_of(terms, self._always(), self.totals.questions, self.full_text.most)
        first = self._best(wanted, LOOKED_AT)
        fitting = self._scored(looking, first, BEST)
        found, is_all = self._after(fitting), len(first) < LOOKED_AT
        cut = False
        if len(found) <= self.query.limit and not is_all:
            again = self._best(wanted, AGAIN)
            found += self._after(self._scored(looking, [number for number in again if number not in set(first)], NEXT))
            cut = len(again) >= min(AGAIN, self.full_text.most + 1)
        return self._page(found, looking, terms, counts=self._counts(looking, fitting, is_all=is_all), cut=cut)

    def _with_some(self, terms: Sequence[Term], without: int | None = None, *, quote: bool = True) -> Results:
        """By the rarest of the terms that occur at all, and not all of them needed."""
        rarest = [term for term in terms if term.questions][: ranking.RAREST]
        if not rarest:
            return Results()
        least = ranking.LEAST_SHARE * sum(term.rarity for term in rarest)
        clauses = telling(rarest, self.totals.questions, self.full_text.most)
        ids = self._best(Wanted(clauses, self._always()), LOOKED_AT)
        looking, cut = self._looking(rarest, least), len(ids) >= LOOKED_AT
        fitting = self._scored(looking, [number for number in ids if number != without], RELAXED)
        counts = self._counts(looking, fitting, is_all=not cut)
        return self._page(self._after(fitting), looking, rarest, counts=counts, cut=cut, quote=quote)

    def _best(self, wanted: Wanted, most: int) -> list[int]:
        """The full text's best; where the time of asking was named, of that time."""
        among = None
        if self.query.asked_from or self.query.asked_until:
            documents = self.documents
            among = select(documents.question_id).where(documents.answer_id == 0, *self._asked_between())
        return self.full_text.best(self.connection, self.number, wanted, most, among)

    def _scored(self, looking: Looking, ids: Sequence[int], part: int) -> list[Found]:
        """Those of the questions that fit, best first."""
        return [one._replace(part=part) for one in sorted(looking.score(self._rows(ids)), reverse=True)]

    def _counts(self, looking: Looking, found: Iterable[Found], *, is_all: bool) -> Counts | None:
        return looking.counts(found, is_all=is_all) if self.query.counting else None

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

    def _after(self, found: Sequence[Found]) -> list[Found]:
        """From where the page before ended."""
        after = self.query.after
        if after is None:
            return list(found)
        return [one for one in found if one.part > after.part or (one.part == after.part and one[:2] < after[:2])]

    # In the order of a date or of the votes

    def _in_order(self, looking: Looking, terms: Sequence[Term]) -> Results:
        """What comes first by the key, in stretches; and where to go on when they did not reach the end."""
        found: list[Found] = []
        at, more = self.query.after, None
        counts = self._counts_in_order(looking, terms) if at is not None and self.query.counting else None
        for most in (LOOKED_AT, *(AGAIN for _ in range(STRETCHES))):
            stretch = self.connection.execute(self._stretch(looking.key, terms, at, most)).all()
            found += self._scored(looking, [row.question_id for row in stretch], BEST)
            if at is None:
                counts = self._counts(looking, found, is_all=len(stretch) < most)
            more = Cursor(float(stretch[-1].key), stretch[-1].question_id) if len(stretch) == most else None
            if len(found) > self.query.limit or more is None:
                break
            at = more
        return self._page(found, looking, terms, more=more, counts=counts)

    def _counts_in_order(self, looking: Looking, terms: Sequence[Term]) -> Counts | None:
        """As the first page counts them."""
        first = self.connection.execute(self._stretch(looking.key, terms, None, LOOKED_AT)).all()
        found = looking.score(self._rows([row.question_id for row in first]))
        return self._counts(looking, found, is_all=len(first) < LOOKED_AT)

    def _stretch(self, key: str, terms: Sequence[Term], after: Cursor | None, most: int) -> Select[*tuple[Any, ...]]:
        documents = self.documents
        by = documents[key]
        statement = select(documents.question_id, by.label("key")).where(documents.answer_id == 0, *self._narrowed(terms))
        if after is not None:
            # No date and no count of votes is so large, but an address may say anything.
            value = int(max(-FOREVER, min(after.score, FOREVER)))
            before = tuple_(literal(value, BigInteger), literal(after.question_id))
            statement = statement.where(tuple_(by, documents.question_id) < before)
        return statement.order_by(by.desc(), documents.question_id.desc()).limit(most)

    def _narrowed(self, terms: Sequence[Term]) -> Iterator[ColumnElement[bool]]:
        """What the database can tell of a question before its rows are looked at."""
        wanted = Wanted((tuple(term.part for term in terms),), self._always())
        if not wanted.is_anything:
            yield self.full_text.is_one_of(self.documents.question_id, self.full_text.having(self.number, wanted))
        yield from self._asked_between()
        answers, states = self.answers, self.query.states
        if states:
            yield self._has_answer(or_(*(self._is(state) for state in states)), is_rare=states == {Freshness.ARCHIVED})
        living = or_(self._is(Freshness.CURRENT), self._is(Freshness.DUE))
        if Mark.UNANSWERED in self.query.marks:
            yield ~exists(select(answers.answer_id).where(self._is_theirs()).offset(0))
        if Mark.SOLVED in self.query.marks:
            yield self._has_answer(and_(answers.flags.in_(_with(ACCEPTED)), living))
        if Mark.OFFICIAL in self.query.marks:
            official = answers.flags.in_(_with(OFFICIAL))
            yield self._has_answer(official if states else and_(official, living), is_rare=True)

    def _asked_between(self) -> Iterator[ColumnElement[bool]]:
        begin, end = asked_between(self.query)
        if self.query.asked_from:
            yield self.documents.created >= begin
        if self.query.asked_until:
            yield self.documents.created < end

    def _has_answer(self, condition: ColumnElement[bool], *, is_rare: bool = False) -> ColumnElement[bool]:
        """Whether a question has such an answer: those that are rare are collected first, of others the next few hundred
        questions are enough."""
        answers = self.answers
        if is_rare:
            theirs = select(answers.question_id).where(answers.answer_id > 0, condition)
            return self.full_text.is_one_of(self.documents.question_id, theirs)
        # With OFFSET, PostgreSQL looks question by question; else it would collect all answers there are, to join them.
        return exists(select(answers.answer_id).where(self._is_theirs(), condition).offset(0))

    def _is_theirs(self) -> ColumnElement[bool]:
        return and_(self.answers.question_id == self.documents.question_id, self.answers.answer_id > 0)

    def _is(self, state: Freshness) -> ColumnElement[bool]:
        answers, now = self.answers, int(self.query.now.timestamp() // 1)
        archived = answers.flags.in_(_with(ARCHIVED))
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
        looking: Looking,
        terms: Sequence[Term],
        *,
        more: Cursor | None = None,
        counts: Counts | None = None,
        cut: bool = False,
        quote: bool = True,
    ) -> Results:
        page = found[: self.query.limit]
        if len(found) > len(page):
            more = Cursor(page[-1].score, page[-1].question_id, page[-1].part)
        wanted = frozenset(word for term in terms for word in term.words)
        hits = tuple(self._hits(page, looking, wanted, quote=quote))
        return Results(hits, more, counts=counts, cut=cut and more is None)

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


def _with(flag: int) -> list[int]:
    """All sums of flags with this one among them, which an index can be asked for."""
    return [flags for flags in range(ALL_FLAGS + 1) if flags & flag]
