"""What the demo's content consists of: people, tags, and the things people do, one class per thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

State = Literal["fresh", "due", "expired", "archived"]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of the demo community. `expertise` names the tags they are trusted to verify under."""

    key: str
    name: str
    email: str
    role: Literal["customer", "staff", "moderator", "admin"]
    about: str
    joined_days_ago: float
    expertise: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TagPlan:
    """A tag and its freshness policy; None means the site's default."""

    name: str
    description: str
    interval_days: int | None = None
    grace_days: int | None = None
    verifiers_needed: int | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something `by` did to `question`, `days_ago` days before the start; `number` is its place in the file, from 1."""

    shared: ClassVar[bool] = False
    """Whether a file may name several people in `by` and leave `days_ago` to the event before."""

    question: str
    number: int
    by: str
    days_ago: float

    @property
    def where(self) -> str:
        """Where it stands, for messages."""
        return f"{self.question}.toml, event {self.number}"


@dataclass(frozen=True, kw_only=True)
class Ask(Event):
    title: str
    body: str
    tags: tuple[str, ...]
    product: str = ""
    release: str = ""
    views: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer(Event):
    """An answer; `state_at_start` is what a reader is meant to find when the demo is opened."""

    id: str
    body: str
    state_at_start: State
    official: bool = False


@dataclass(frozen=True, kw_only=True)
class Comment(Event):
    on: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Vote(Event):
    shared: ClassVar[bool] = True

    on: str
    value: Literal[1, -1]


@dataclass(frozen=True, kw_only=True)
class Accept(Event):
    answer: str


@dataclass(frozen=True, kw_only=True)
class Verify(Event):
    """A check; `body` is the repaired text and goes with the verdict "repaired" alone."""

    answer: str
    verdict: Literal["right", "repaired", "wrong", "unsure"]
    evidence: str
    release: str = ""
    note: str = ""
    body: str | None = None


@dataclass(frozen=True, kw_only=True)
class Signal(Event):
    answer: str
    kind: Literal["works", "broken"]
    release: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Edit(Event):
    """A new revision; what is None stays as it was."""

    on: str
    summary: str
    title: str | None = None
    body: str | None = None
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Archive(Event):
    answer: str
    reason: str
    successor: str | None = None


@dataclass(frozen=True, kw_only=True)
class Close(Event):
    """`reason` is a name in `community.moderation.closing.REASONS`."""

    reason: str
    note: str = ""
    duplicate_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Acknowledge(Event):
    """Staff say that they have seen the question."""


@dataclass(frozen=True, kw_only=True)
class Follow(Event):
    shared: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class MeToo(Event):
    shared: ClassVar[bool] = True

    release: str = ""


EVENTS: Mapping[str, type[Event]] = MappingProxyType(
    {
        "ask": Ask,
        "answer": Answer,
        "comment": Comment,
        "vote": Vote,
        "accept": Accept,
        "verify": Verify,
        "signal": Signal,
        "edit": Edit,
        "archive": Archive,
        "close": Close,
        "acknowledge": Acknowledge,
        "follow": Follow,
        "me_too": MeToo,
    }
)
"""What `do` may say in a question file."""
