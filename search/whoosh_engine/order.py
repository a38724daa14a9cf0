"""In which order the questions that fit are shown, and which answer of each: text, times what it is worth to a reader today."""

import heapq
from collections.abc import Callable, Iterator
from typing import NamedTuple

from search import ranking
from search.engine import COUNTED, Counts, Freshness, Mark, Sort
from search.facts import ACCEPTED, LIVING, OFFICIAL, Tally, freshness_at
from search.whoosh_engine.match import Candidate, Match
from search.whoosh_engine.snapshot import Leaf


class Found(NamedTuple):
    """A question of the answer page. Compares by score, then by number, so that the order is the same every time."""

    score: float
    question_id: int
    leaf: int
    first: int


class Order:
    """Orders what one `Match` found: as the query asks, and where that is by relevance, by the text if there is any."""

    def __init__(self, match: Match, *, by_text: bool = True) -> None:
        self.match = match
        self.query = match.query
        self.sort = self.query.sort if by_text or self.query.sort is not Sort.RELEVANCE else Sort.ACTIVE

    def in_order(self, candidates: list[Candidate]) -> list[Candidate]:
        """The candidates, comparing by what they are to be ordered by; a text score they have already."""
        if self.sort is Sort.RELEVANCE:
            return candidates
        name = {Sort.NEWEST: "created", Sort.ACTIVE: "activity", Sort.VOTES: "votes"}[self.sort]
        keys = [getattr(leaf.segment.facts, name) for leaf in self.match.snapshot.leaves]
        return [Candidate(-float(keys[leaf][first]), leaf, first) for _, leaf, first in candidates]

    def counts(self, candidates: list[Candidate]) -> Counts:
        """What is among the first of the candidates."""
        tally = Tally()
        for _, index, first in heapq.nsmallest(COUNTED, candidates):
            leaf = self.match.snapshot.leaves[index]
            if self._worth(leaf, first) is not None:
                tally.add(leaf.segment.tags(first), (state for _, state in self._answers(leaf, first)))
        return tally.counts(is_all=len(candidates) <= COUNTED)

    def best(self, candidates: list[Candidate], limit: int) -> list[Found]:
        """The `limit` best after the query's cursor, best first; empties `candidates`.

        Goes down the text scores and stops where not even the best votes and answers could lift a question among the found.
        """
        by_worth = self.sort is Sort.RELEVANCE
        lift = max((leaf.segment.lift for leaf in self.match.snapshot.leaves), default=1.0) if by_worth else 1.0
        after = self.query.after[:2] if self.query.after else (float("inf"), 0)
        found: list[Found] = []
        heapq.heapify(candidates)
        while candidates:
            below, index, first = heapq.heappop(candidates)
            if len(found) == limit and -below * lift < found[0].score:
                break
            leaf = self.match.snapshot.leaves[index]
            worth = self._worth(leaf, first)
            if worth is None:
                continue
            one = Found(-below * (worth if by_worth else 1.0), leaf.segment.facts.question[first], index, first)
            if (one.score, one.question_id) >= after:
                continue
            if len(found) < limit:
                heapq.heappush(found, one)
            else:
                heapq.heappushpop(found, one)
        return sorted(found, reverse=True)

    def best_answer(self, leaf: Leaf, first: int, told: Callable[[int], float]) -> tuple[int, Freshness] | None:
        """The answer to show: the worthiest of those asked for, where the words in it count too."""
        asked = [(place, state) for place, state in self._answers(leaf, first) if self._is_asked_for(leaf, place, state)]
        if len(asked) < 2:  # noqa: PLR2004 - nothing to choose between
            return asked[0] if asked else None
        texts = {place: told(place) for place, _ in asked}
        most = max(texts.values()) or 1.0
        standing = leaf.segment.standing

        def worth(answer: tuple[int, Freshness]) -> tuple[float, int]:
            place, state = answer
            return ranking.FRESHNESS[state] * standing[place] * (1 + ranking.SAYS_IT * texts[place] / most), -place

        return max(asked, key=worth)

    def _worth(self, leaf: Leaf, first: int) -> float | None:
        """What the question's votes and best answer multiply its score by; None: it has not the states and marks asked for."""
        query, standing, flags = self.query, leaf.segment.standing, leaf.segment.facts.flags
        best, states, marks = 0.0, set(), set()
        for place, state in self._answers(leaf, first):
            states.add(state)
            if flags[place] & ACCEPTED and state in LIVING:
                marks.add(Mark.SOLVED)
            if self._is_asked_for(leaf, place, state):
                best = max(best, ranking.FRESHNESS[state] * standing[place])
                if flags[place] & OFFICIAL:
                    marks.add(Mark.OFFICIAL)
        if not states:
            marks.add(Mark.UNANSWERED)
        if (query.states and not best) or not query.marks <= marks:
            return None
        if query.without_marks & marks or query.without_states & states:
            return None
        return (best or ranking.NO_ANSWER) * standing[first]

    def _is_asked_for(self, leaf: Leaf, place: int, state: Freshness) -> bool:
        if state not in self.match.states:
            return False
        return Mark.OFFICIAL not in self.query.marks or bool(leaf.segment.facts.flags[place] & OFFICIAL)

    def _answers(self, leaf: Leaf, first: int) -> Iterator[tuple[int, Freshness]]:
        facts, now = leaf.segment.facts, self.match.now
        for place in range(first + 1, leaf.segment.end(first)):
            yield place, freshness_at(now, facts.best_before[place], facts.expires[place], facts.flags[place])
