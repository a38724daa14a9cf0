"""What the rules look at, and what they find. Plain values: days are numbers, whatever day 0 is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

UP, DOWN, ACCEPT = "up", "down", "accept"
"""What one person can give another's post."""


@dataclass(frozen=True, slots=True)
class Given:
    """One vote or acceptance that counts at present."""

    id: int
    kind: str
    by: int
    to: int
    tags: tuple[int, ...]
    """Of the question it is under."""
    at: float
    """When, in days."""
    views: int = 0
    """Of an accepted answer's question: how often it was read."""
    answers: int = 0
    """Of an accepted answer's question: how many it has."""
    took: float = 0.0
    """From the answer to its acceptance, in days."""


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as the rules see them."""

    id: int
    joined: float
    posts: int = 0
    """Questions and answers they ever wrote."""
    marks: frozenset[str] = frozenset()
    """Of the networks they were on lately; hashed, and forgotten after a month."""


@dataclass(frozen=True, slots=True)
class Tallies:
    """What everybody gave in the window, of one kind."""

    tags: Mapping[int, float]
    """Tag → how many were given under it."""
    authors: Mapping[tuple[int, int], float]
    """(tag, author) → how many of them to this author."""


@dataclass(frozen=True, slots=True)
class Posts:
    """Who writes under which tag: what there is to vote on."""

    tags: Mapping[int, float]
    authors: Mapping[tuple[int, int], float]


class Source(Protocol):
    """Where the rules read: the product's tables, or a made-up world. What counts no more is not given."""

    def pairs(self, kind: str, people: Collection[int], least: int) -> Iterable[tuple[int, int, int]]:
        """(by, to, how many) in the window, for those who give; at least so many each. It may count some that were withdrawn."""

    def pairs_to(self, kind: str, people: Collection[int], least: int) -> Iterable[tuple[int, int, int]]:
        """The same for those who are given."""

    def total(self, kind: str) -> float:
        """How many everybody gave in the window."""

    def received(self, kind: str, people: Collection[int]) -> Mapping[int, float]:
        """How many each was given."""

    def given(self, kind: str, people: Collection[int]) -> Mapping[int, Sequence[Given]]:
        """All that these people gave in the window, by person, in the order of time."""

    def tallies(self, kind: str, tags: Collection[int], authors: Collection[int]) -> Tallies:
        """What everybody gave."""

    def posts(self, tags: Collection[int], authors: Collection[int]) -> Posts:
        """Who writes there."""

    def people(self, ids: Collection[int]) -> Mapping[int, Someone]:
        """Who they are."""

    def together(self, ids: Collection[int]) -> Iterable[Collection[Someone]]:
        """Everybody who shares a network mark with one of these, a group per mark."""

    def usual_views(self) -> float:
        """How often questions are read whose answer was accepted in the window, on average."""


@dataclass(frozen=True, slots=True)
class Found:
    """What looks arranged: how much, whose, what of it, and why in words."""

    kind: str
    """A name in `lines.KINDS`."""
    score: float
    """How unlikely it is by chance: -log10 of the probability, with what else speaks for it added."""
    by: tuple[int, ...]
    """Who gave."""
    to: tuple[int, ...]
    """Who was given; in a ring the same people."""
    votes: tuple[int, ...] = ()
    acceptances: tuple[int, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """Numbers, by name."""
    reason: str = ""

    @property
    def key(self) -> str:
        """The same for the same people and kind, so that a later night knows it again."""
        return f"{self.kind}:{'-'.join(map(str, self.by))}:{'-'.join(map(str, self.to))}"
