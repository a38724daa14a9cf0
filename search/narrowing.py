"""What stands beside the results of a search: by which tags and states they can be narrowed, and in which order they can come.

Every choice is the text of another search, so a link to it is all that is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from search import refining
from search.engine import Counts, Facet, Freshness, Query, Sort
from search.facts import facet_term

TAGS_SHOWN = 8
"""So many tags are offered; those that were chosen come first and are not counted among them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A narrowing or an order that can be had, or taken back where it is chosen."""

    value: str
    """The tag's name, a word of `Freshness` or one of `Sort`."""
    text: str
    """The search that it leads to."""
    count: int | None = None
    """How many of the questions found it leaves; None where that cannot be told without searching."""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What can be chosen beside some results."""

    questions: int
    """How many were counted."""
    is_all: bool
    """Whether those are all that were found."""
    tags: tuple[Choice, ...] = ()
    states: tuple[Choice, ...] = ()
    sorts: tuple[Choice, ...] = ()

    @property
    def offers_anything(self) -> bool:
        """Whether there is anything to press."""
        return bool(self.tags or self.states or self.sorts)


def narrowing(text: str, query: Query, counts: Counts) -> Narrowing:
    """What can be chosen beside what `query`, which is what `text` says, has found."""
    return Narrowing(
        questions=counts.questions,
        is_all=counts.is_all,
        tags=tuple(_tags(text, query, counts)),
        states=tuple(_states(text, query, counts)),
        sorts=tuple(_sorts(text, query)) if counts.questions > 1 else (),
    )


def _tags(text: str, query: Query, counts: Counts) -> Iterator[Choice]:
    chosen = {facet_term(Facet.TAG, one.value): one.value for one in query.facets if one.wanted and one.facet is Facet.TAG}
    known = {facet_term(Facet.TAG, tag): (tag, count) for tag, count in counts.tags}
    for term, typed in chosen.items():
        tag, count = known.get(term, (typed, 0))
        yield Choice(tag, refining.without_tag(text, tag), count, chosen=True)
    telling = [one for term, one in known.items() if term not in chosen and not (counts.is_all and one[1] == counts.questions)]
    for tag, count in telling[:TAGS_SHOWN]:
        yield Choice(tag, refining.with_tag(text, tag), count)


def _states(text: str, query: Query, counts: Counts) -> Iterator[Choice]:
    """Only one at a time: with another one chosen, the results say nothing of how many would be found."""
    known = dict(counts.states)
    for state in Freshness:
        if state in query.states:
            yield Choice(state, refining.without_state(text, state), known.get(state, 0), chosen=True)
        elif query.states:
            yield Choice(state, refining.with_state(text, state))
        elif state in known:
            yield Choice(state, refining.with_state(text, state), known[state])


def _sorts(text: str, query: Query) -> Iterator[Choice]:
    has_words = bool(query.words or query.phrases)
    current = query.sort if has_words or query.sort is not Sort.RELEVANCE else Sort.ACTIVE
    for sort in Sort:
        if has_words or sort is not Sort.RELEVANCE:
            yield Choice(sort, refining.sorted_by(text, sort), chosen=sort is current)
