"""Why a search found what it found: its hits looked at once more, the factors of their scores kept apart."""

from bisect import bisect_left
from collections.abc import Sequence

from search import ranking
from search.engine import Hit, Query, Results, Sort
from search.explaining import Answer, best_of, factors
from search.explanation import Explanation, TermPart
from search.synonyms import Vocabulary
from search.whoosh_engine.find import telling
from search.whoosh_engine.match import Match, Term
from search.whoosh_engine.order import Order
from search.whoosh_engine.schema import BODY, TITLE
from search.whoosh_engine.segment import Postings
from search.whoosh_engine.snapshot import Leaf, Snapshot


def explain(snapshot: Snapshot, query: Query, vocabulary: Vocabulary, results: Results) -> tuple[Explanation, ...]:
    """Of every hit of `results`, which is what `query` found on this snapshot."""
    match = _Apart(snapshot, query, vocabulary)
    terms = match.terms(query.words, query.phrases)
    order = _Worth(match, by_text=bool(terms))
    shown = telling(terms) if results.relaxed else terms
    return tuple(_explained(hit, match, order, shown) for hit in results.hits)


def _explained(hit: Hit, match: "_Apart", order: "_Worth", terms: Sequence[Term]) -> Explanation:
    index, leaf, places = match.place_of(hit.question_id)
    question, best = order.worth_of(leaf, places)
    return Explanation(
        question_id=hit.question_id,
        score=hit.score,
        terms=tuple(match.part(index, leaf, places, term) for term in terms),
        factors=factors(question, best),
        by_score=order.sort is Sort.RELEVANCE,
        answer_id=best[0] if best else None,
    )


class _Apart(Match):
    """A `Match` that tells what one term is worth in one question."""

    def place_of(self, question_id: int) -> tuple[int, Leaf, range]:
        """Where a question of this snapshot stands."""
        found = ((index, leaf, leaf.documents_of(question_id)) for index, leaf in enumerate(self.snapshot.leaves))
        return next(place for place in found if place[2])

    def part(self, index: int, leaf: Leaf, places: range, term: Term) -> TermPart:
        """What the term adds in the documents at `places`."""
        bodies, titles = (self._any_of(leaf, field, term.words) for field in (BODY, TITLE))
        shown = self.shown[index]
        return TermPart(
            words=tuple(term.words),
            rarity=term.rarity,
            in_title=ranking.TITLE * _at(titles, places.start),
            in_text=max((_at(bodies, place) for place in places if shown[place]), default=0.0),
        )


class _Worth(Order):
    """An `Order` that tells which answer made a question worth what it is."""

    def worth_of(self, leaf: Leaf, places: range) -> tuple[int, Answer | None]:
        """The question's votes, and the answer that counts."""
        facts, first = leaf.segment.facts, places.start
        asked = [
            (facts.answer[place], state, facts.votes[place], facts.flags[place])
            for place, state in self._answers(leaf, first)
            if self._is_asked_for(leaf, place, state)
        ]
        return facts.votes[first], best_of(asked)


def _at(postings: Postings, place: int) -> float:
    index = bisect_left(postings.places, place)
    there = index < len(postings.places) and postings.places[index] == place
    return float(postings.parts[index]) if there else 0.0
