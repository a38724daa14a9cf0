"""Which questions of a snapshot fit, and how well by their text.

A question's text score is the sum over the terms of rarity × (the best of its documents' bodies + TITLE × its title). Terms are
taken rarest first, and each further one looks only at what is left.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from search import ranking
from search.engine import FacetFilter, Query
from search.facts import LIVING, asked_between, facet_term
from search.synonyms import Alike, Vocabulary
from search.whoosh_engine.schema import BODY, FACET, SEQUENCE, TITLE
from search.whoosh_engine.segment import Postings
from search.whoosh_engine.snapshot import Leaf, Snapshot

LOOK_UP = 8
"""Looking up one question in the postings of a term costs about as much as going through so many postings."""


class Term(NamedTuple):
    """A term of a query with what means the same, and how much it tells."""

    words: Alike
    documents: int
    rarity: float


class Candidate(NamedTuple):
    """A question whose text fits, by where it begins in its leaf. Compares by the text score, best first."""

    below: float
    leaf: int
    first: int


class Match:
    """One query on one snapshot."""

    def __init__(self, snapshot: Snapshot, query: Query, vocabulary: Vocabulary) -> None:
        self.snapshot = snapshot
        self.vocabulary, self.language = vocabulary, vocabulary.language
        self.query = query
        self.now = int(query.now.timestamp() // 1)
        self.states = query.states or LIVING
        self.shown = [leaf.shown(self.states, self.now) for leaf in snapshot.leaves]

    # Terms

    def terms(self, words: Iterable[str], phrases: Iterable[str] = ()) -> list[Term]:
        """The terms of all these, rarest first."""
        asked = [alike for text in words for alike in self.vocabulary.asked(text)]
        found = dict.fromkeys([*asked, *(alike for text in phrases for alike in self.vocabulary.exactly(text))])
        return sorted((self._weighed(term) for term in found), key=lambda term: term.documents)

    def _weighed(self, term: Alike) -> Term:
        bodies = sum(len(self._any_of(leaf, BODY, term).places) for leaf in self.snapshot.leaves)
        titles = sum(len(self._any_of(leaf, TITLE, term).places) for leaf in self.snapshot.leaves)
        count = max(bodies, titles)
        return Term(term, bodies + titles, ranking.rarity(max(self.snapshot.documents, count), count))

    def _postings(self, leaf: Leaf, field: str, term: str) -> Postings:
        return leaf.segment.postings(field, term, self.snapshot.average.get(field, 0.0))

    def _any_of(self, leaf: Leaf, field: str, words: Alike) -> Postings:
        """The postings of words that mean the same as those of one: of two in a text, the better one counts."""
        if len(words) == 1:
            return self._postings(leaf, field, words[0])
        best: dict[int, float] = {}
        for word in words:
            for place, part in zip(*self._postings(leaf, field, word), strict=True):
                best[place] = max(part, best.get(place, 0.0))
        places = sorted(best)
        return Postings(array("I", places), array("f", (best[place] for place in places)))

    # Which questions

    def with_all(self, terms: Sequence[Term]) -> list[Candidate]:
        """The questions that have every term and everything else the query asks for, except states and marks."""
        return [
            Candidate(-score, index, first)
            for index, leaf in enumerate(self.snapshot.leaves)
            for first, score in self._narrowed(leaf, index, self._all(leaf, index, terms)).items()
        ]

    def with_any(self, terms: Sequence[Term]) -> list[Candidate]:
        """The questions that have LEAST_SHARE of what the terms tell, and everything else the query asks for, except as above."""
        least = ranking.LEAST_SHARE * sum(term.rarity for term in terms)
        candidates = []
        for index, leaf in enumerate(self.snapshot.leaves):
            scores: dict[int, float] = {}
            told: dict[int, float] = {}
            untold = sum(term.rarity for term in terms)
            for term in terms:
                # Who has none of the terms so far can no longer reach the share once too little is left to be told.
                among = scores if untold < least else None
                for first, part in self._scores(leaf, index, term, among).items():
                    scores[first] = scores.get(first, 0.0) + part
                    told[first] = told.get(first, 0.0) + term.rarity
                untold -= term.rarity
            enough = {first: score for first, score in scores.items() if told[first] >= least}
            candidates += [Candidate(-score, index, first) for first, score in self._narrowed(leaf, index, enough).items()]
        return candidates

    def all_there_are(self) -> list[Candidate]:
        """Every question with everything the query asks for besides words; none has a text score."""
        candidates = []
        for index, leaf in enumerate(self.snapshot.leaves):
            facts = leaf.segment.facts
            every = {
                place: 0.0
                for place, (alive, answer) in enumerate(zip(leaf.alive, facts.answer, strict=True))
                if alive and not answer
            }
            candidates += [Candidate(-score, index, first) for first, score in self._narrowed(leaf, index, every).items()]
        return candidates

    def _all(self, leaf: Leaf, index: int, terms: Sequence[Term]) -> dict[int, float]:
        left: dict[int, float] | None = None
        for term in terms:
            scores = self._scores(leaf, index, term, left)
            left = scores if left is None else {first: left[first] + part for first, part in scores.items()}
            if not left:
                break
        return left or {}

    def _scores(self, leaf: Leaf, index: int, term: Term, among: dict[int, float] | None) -> dict[int, float]:
        """By question, what `term` adds to its text score; with `among`, of these questions only."""
        shown, first_of = self.shown[index], leaf.segment.first
        scores: dict[int, float] = {}
        for place, part in _postings_among(self._any_of(leaf, BODY, term.words), first_of, among):
            if shown[place]:
                first = first_of[place]
                if part > scores.get(first, 0.0):
                    scores[first] = part
        for place, part in _postings_among(self._any_of(leaf, TITLE, term.words), first_of, among):
            if shown[place]:
                scores[place] = scores.get(place, 0.0) + ranking.TITLE * part
        rarity = term.rarity
        return {first: rarity * score for first, score in scores.items()}

    def _narrowed(self, leaf: Leaf, index: int, scores: dict[int, float]) -> dict[int, float]:
        if scores and (self.query.asked_from or self.query.asked_until):
            asked, (begin, end) = leaf.segment.facts.created, asked_between(self.query)
            scores = {first: score for first, score in scores.items() if begin <= asked[first] < end}
        for text in self.query.phrases:
            if scores and self.language.phrase(text):
                wanted = self._with_phrase(leaf, index, text, scores)
                scores = {first: score for first, score in scores.items() if first in wanted}
        for text in self.query.without:
            if scores and self.language.phrase(text):
                for first in self._with_phrase(leaf, index, text, scores):
                    del scores[first]
        for narrowing in self.query.facets:
            if scores:
                fits = self._with_facet(leaf, index, narrowing)
                scores = {first: score for first, score in scores.items() if (first in fits) is narrowing.wanted}
        return scores

    def _with_phrase(self, leaf: Leaf, index: int, text: str, among: dict[int, float]) -> set[int]:
        """The questions of `among` in which one document has the words of `text` one behind the other."""
        shown, first_of, terms, wanted = (
            self.shown[index],
            leaf.segment.first,
            self.language.query_terms(text),
            self.language.phrase(text),
        )
        sets = [{*self._postings(leaf, BODY, term).places, *self._postings(leaf, TITLE, term).places} for term in terms]
        places = set.intersection(*sets) if sets else set(range(len(shown)))
        found: set[int] = set()
        for place in places:
            first = first_of[place]
            if (
                shown[place]
                and first in among
                and first not in found
                and (len(terms) == 1 == wanted.count(" ") - 1 or wanted in leaf.segment.text(SEQUENCE, place))
            ):
                found.add(first)
        return found

    def _with_facet(self, leaf: Leaf, index: int, narrowing: FacetFilter) -> set[int]:
        places, _ = self._postings(leaf, FACET, facet_term(narrowing.facet, narrowing.value))
        shown, first_of = self.shown[index], leaf.segment.first
        return {first_of[place] for place in places if shown[place]}

    def told_by(self, leaf: Leaf, terms: Sequence[Term]) -> Callable[[int], float]:
        """Tells how much of what the terms tell the body of any one document of `leaf` has."""
        bodies = [(term.rarity, self._any_of(leaf, BODY, term.words).places) for term in terms]
        return lambda place: sum(rarity for rarity, places in bodies if _has(places, place))


def _has(places: "array[int]", place: int) -> bool:
    index = bisect_left(places, place)
    return index < len(places) and places[index] == place


def _postings_among(postings: Postings, first_of: "array[int]", among: dict[int, float] | None) -> Iterable[tuple[int, float]]:
    """The postings of the questions `among`, or all: looked up one by one where that is less work than going through all."""
    places, parts = postings
    if among is None:
        return zip(places, parts, strict=True)
    if len(among) * LOOK_UP > len(places):
        return ((place, part) for place, part in zip(places, parts, strict=True) if first_of[place] in among)
    return _looked_up(postings, first_of, among)


def _looked_up(postings: Postings, first_of: "array[int]", among: dict[int, float]) -> Iterator[tuple[int, float]]:
    places, parts = postings
    count = len(places)
    for first in among:
        index = bisect_left(places, first)
        while index < count and first_of[places[index]] == first:
            yield places[index], parts[index]
            index += 1
