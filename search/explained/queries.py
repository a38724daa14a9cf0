"""What the page of an explained search shows: its hits, each with the factors of its score."""

from dataclasses import dataclass
from datetime import datetime

from search import ranking, syntax
from search.engine import Condition
from search.explanation import Explanation
from search.queries import PAGE_SIZE, results_of
from search.site import current_engine, current_zone

ROUNDING = 1e-5
"""An index keeps parts of scores with so many digits; what differs by more is a mistake."""


@dataclass(frozen=True, slots=True)
class ExplainedHit:
    """A hit and why it stands where it stands."""

    title: str
    url: str
    why: Explanation

    @property
    def agrees(self) -> bool:
        """Whether the factors give the score that the engine ordered by."""
        return abs(self.why.product - self.why.score) <= ROUNDING * max(1.0, abs(self.why.score))


@dataclass(frozen=True, slots=True)
class ExplainedPage:
    """The first page of a search."""

    text: str
    engine: str = ""
    relaxed: bool = False
    hits: tuple[ExplainedHit, ...] = ()
    available: bool = True


def explained_page(text: str, now: datetime) -> ExplainedPage:
    """What is found for what was typed, explained. Nothing is shown that the database does not confirm."""
    engine, query = current_engine(), syntax.read(text, now, PAGE_SIZE, zone=current_zone()).query
    why = {one.question_id: one for one in engine.explain(query)}
    found = engine.search(query)
    shown = results_of([hit for hit in found.hits if hit.question_id in why], query, now)
    hits = (ExplainedHit("".join(piece.text for piece in one.title), one.url, why[one.id]) for one in shown)
    return ExplainedPage(text, type(engine).__name__, found.relaxed, tuple(hits), found.condition is Condition.READY)


def weights() -> tuple[tuple[str, str], ...]:
    """The weights that every score is made of, by their names in `search.ranking`."""
    states = ((f"FRESHNESS {state.value}", worth) for state, worth in ranking.FRESHNESS.items())
    names = ("NO_ANSWER", "ACCEPTED", "OFFICIAL", "VERIFIED", "DOWNVOTED", "VOTE_STEP", "VOTES_AT_MOST", "SAYS_IT")
    of_text = ("TITLE", "K1", "B_TITLE", "B_BODY", "RAREST", "LEAST_SHARE")
    named = ((name, getattr(ranking, name)) for name in (*names, *of_text))
    return tuple((name, f"{worth:g}") for name, worth in (*states, *named))
