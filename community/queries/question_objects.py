"""What a question's page is made of. `templates/README.md` says what the templates read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from community.moderation.closing import REASONS
from community.queries.shared import Comment, Event, Freshness, Link, Person, Source


@dataclass(frozen=True, slots=True)
class Removed:
    """Who took a post away, when and why."""

    reason: str
    at: datetime
    by: Person | None


@dataclass(frozen=True, slots=True)
class Closed:
    """Who closed a question, when and why; for a duplicate, where readers are sent."""

    reason: str
    at: datetime
    by: Person | None
    target_url: str | None = None
    target_title: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Who of the staff acknowledged a question first."""

    at: datetime
    by: Person | None


@dataclass(frozen=True, slots=True)
class Successor:
    """The answer that took an archived one's place."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """An answer on its question's page."""

    id: int
    html: Markup
    score: int
    my_vote: int
    can_vote: bool
    author: Person | None
    posted_at: datetime
    edited_at: datetime | None
    freshness: Freshness
    accepted: bool
    official: bool
    works: int
    broken: int
    checks: int
    """How many asked to have it checked since the last check."""
    my_signal: str
    comments: tuple[Comment, ...]
    successor: Successor | None
    removed: Removed | None
    source: Source | None
    is_mine: bool
    can: frozenset[str]


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """The question of the page."""

    id: int
    title: str
    url: str
    html: Markup
    score: int
    my_vote: int
    can_vote: bool
    author: Person | None
    asked_at: datetime
    edited_at: datetime | None
    views: int
    me_too: int
    i_have_this: bool
    following: bool
    tags: tuple[tuple[str, str], ...]
    product: str
    release: str
    solved: bool
    accepted_answer_id: int | None
    effort: int | None
    seen: Seen | None
    closed: Closed | None
    removed: Removed | None
    comments: tuple[Comment, ...]
    source: Source | None
    is_mine: bool
    can: frozenset[str]


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """An answer that is being written."""

    body: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    preview_html: Markup | str = ""
    official: bool = False

    @property
    def error(self) -> str:
        """What is wrong with the text."""
        return self.errors.get("body", "")


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """Everything a question's page shows."""

    question: QuestionShown
    freshness: Freshness
    """Of its best answer."""
    answers: Sequence[AnswerShown]
    related: Sequence[Link]
    life: Sequence[Event]
    """Of the first answer, newest first."""
    releases: Sequence[str]
    """What answers here were checked on, and what the question is about; suggestions for the next check."""
    depends_on: frozenset[str]
    """Names of `app.pages` that this page shows something of."""
    valid_until: datetime | None
    """When the clock changes what it shows; None: never."""
    faults: Sequence[object] = ()
    """Known faults that it is about; there are none yet."""
    form: AnswerForm = AnswerForm()
    closing_reasons: Mapping[str, str] = field(default_factory=lambda: REASONS)
    """Why a question can be closed: name → what readers are told."""
