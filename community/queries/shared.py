"""What several pages show: people, freshness, rows of lists. Frozen; `templates/README.md` says what templates read of them."""

from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from app.accounts.models import Role
from app.accounts.people import initials_and_hue, person_url
from community import lifecycle
from community.freshness.life import WORDS
from community.lifecycle import State
from community.queries.addresses import question_url, tag_url


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as a byline shows them."""

    id: int
    name: str
    url: str
    avatar_url: str | None
    hue: int
    initials: str
    reputation: int | None = None
    """None hides it."""
    is_staff: bool = False
    title: str = ""
    """As "broadband expert"."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """What an answer is today, computed from its dates, and the reasons for it."""

    state: str
    """A `lifecycle.State`, or "none" where there is no answer."""
    best_before: datetime | None = None
    share: float = 0.0
    """How much of its life is left, 0 to 1."""
    since: datetime | None = None
    """When the state began."""
    checked_by: Person | None = None
    checked_at: datetime | None = None
    checked_on: str = ""
    """The product release it was checked on."""
    reason: str = ""
    """A clause in small letters."""
    updated_at: datetime | None = None
    """When its text was reworked, where it waits for a check since."""


NO_ANSWER = Freshness("none")


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark under a post."""

    id: int
    html: Markup
    author: Person | None
    at: datetime
    can_delete: bool = False
    can_edit: bool = False
    can_restore: bool = False
    can_flag: bool = False
    needs_reason: bool = False
    """Who removes it has to say why: somebody else wrote it."""
    edited_at: datetime | None = None
    removed_reason: str | None = None
    """Why it was removed; None while it stands."""


@dataclass(frozen=True, slots=True)
class Event:
    """One step of an answer's life."""

    at: datetime
    text: str
    person: Person | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an imported post comes from."""

    url: str
    site: str
    author: str
    licence: str
    licence_url: str


@dataclass(frozen=True, slots=True)
class Link:
    """A question, as the side column lists it."""

    title: str
    url: str
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Row:
    """A question, as lists show it."""

    id: int
    title: str
    url: str
    tags: tuple[tuple[str, str], ...]
    """Pairs of name and address."""
    product: str
    release: str
    answers: int
    views: int
    me_too: int
    freshness: Freshness
    author: Person | None
    asked_at: datetime
    line: str = ""
    """What matters of it now; "" shows when it was asked."""
    line_kind: str = "soft"
    """"fresh", "due", "gone" or "soft"."""


TabLink = tuple[str, str, int | str | None, bool]
"""Address, words, a count or None, and whether it is the one shown."""


def person(
    user_id: int,
    name: str,
    avatar_url: str | None,
    role: str,
    reputation: int | None = None,
    title: str = "",
) -> Person:
    """A person from the columns of their row."""
    initials, hue = initials_and_hue(name)
    return Person(user_id, name, person_url(user_id, name), avatar_url, hue, initials, reputation, role != Role.CUSTOMER, title)


def freshness(
    fresh_from: datetime,
    best_before: datetime,
    expires: datetime,
    archived_at: datetime | None,
    now: datetime,
    *,
    written_state: str = "",
    written_reason: str = "",
    checked_by: Person | None = None,
    checked_at: datetime | None = None,
    checked_on: str = "",
    broken: int = 0,
    updated_at: datetime | None = None,
) -> Freshness:
    """What an answer with these dates is at `now`. What is written down about it only lends its reason, where it still fits."""
    state = lifecycle.state_at(best_before, expires, archived_at, now)
    since = {State.FRESH: fresh_from, State.DUE: best_before, State.EXPIRED: expires}.get(state, archived_at)
    reason = written_reason if state == written_state and written_reason not in _SAYS_NOTHING else ""
    if not reason or (broken and state == State.DUE):
        reason = _by_the_clock(state, max(fresh_from, checked_at or fresh_from), checked_at is not None, broken)
    return Freshness(
        state,
        best_before,
        lifecycle.share_left(fresh_from, best_before, now) if state == State.FRESH else 0.0,
        since,
        checked_by,
        checked_at,
        checked_on,
        reason,
        updated_at,
    )


_SAYS_NOTHING = ("posted", *WORDS.values())


def _by_the_clock(state: State, vouched_at: datetime, checked: bool, broken: int) -> str:
    if broken and state in (State.FRESH, State.DUE):
        return f"{broken} {'person says' if broken == 1 else 'people say'} it no longer works"
    if state in (State.DUE, State.EXPIRED):
        return f"{'not checked' if checked else 'nobody has vouched for it'} since {day(vouched_at)}"
    return ""


def lead_freshness(
    fresh_from: datetime | None, best_before: datetime | None, expires: datetime | None, now: datetime
) -> Freshness:
    """The freshness of a question's lead answer, from the columns that a question keeps of it."""
    if fresh_from is None or best_before is None or expires is None:
        return NO_ANSWER
    return freshness(fresh_from, best_before, expires, None, now)


def link(
    question_id: int,
    title: str,
    fresh_from: datetime | None,
    best_before: datetime | None,
    expires: datetime | None,
    now: datetime,
) -> Link:
    """A link to a question with the freshness of its lead answer."""
    return Link(title, question_url(question_id, title), lead_freshness(fresh_from, best_before, expires, now))


def tag_pairs(names: list[str]) -> tuple[tuple[str, str], ...]:
    """Tags as templates take them."""
    return tuple((name, tag_url(name)) for name in names)


def day(moment: date) -> str:
    """A date in a sentence, "14 March 2027"."""
    return f"{moment.day} {moment:%B %Y}"
