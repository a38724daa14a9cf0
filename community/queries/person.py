"""A person's page: who they are, and by tab what they answered, asked and checked, and every movement of their reputation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, select

from app.accounts.models import Role, User
from app.db import UTCDateTime, db
from app.errors import NotFound
from app.pages import FRONT, person_key
from app.rendering.stored import stored
from community import policy
from community.badges import ranks
from community.badges.queries import held, progress
from community.badges.queries.held import Strip
from community.badges.queries.progress import Progress
from community.freshness import audit
from community.freshness.audit import JUDGED_WITHIN, MissRate
from community.models import Answer, Expertise, Question, Tag, Verification
from community.policy import Subject
from community.queries import pager, person_answers, person_checks, person_ledger, person_points
from community.queries.addresses import tag_url
from community.queries.lists import listed
from community.queries.pager import Place, Turned
from community.queries.person_points import Points
from community.queries.shared import Person, TabLink, person
from reputation.boards import periods
from reputation.boards.models import Standing

TABS = {"answers": "Answers", "questions": "Questions", "checks": "Checks", "reputation": "Reputation"}
MOST_COUNTED = 999
"""Beyond this a number on the page says "999+"."""

ROLE_WORDS = {Role.CUSTOMER: "", Role.STAFF: "staff", Role.MODERATOR: "moderator", Role.ADMIN: "admin"}


@dataclass(frozen=True, slots=True)
class Field:
    """A tag the person is trusted to verify under."""

    tag: str
    url: str
    until: datetime


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Everything the page shows."""

    person: Person
    role: str
    """What the person is to the company; "" for customers."""
    rank: str
    """The name of their level."""
    badges: Strip
    badge_next: Progress | None
    """The badge that is nearest; only one's own."""
    about: Markup
    since: datetime
    fields: tuple[Field, ...]
    active: int
    """Their active reputation."""
    points: Points | None
    """Month by month and by tag; only beside the list of entries."""
    is_closed: bool
    merged_into: str | None
    """The page of the account that took this one over."""
    suspended_until: datetime | None
    origin_url: str | None
    origin_site: str
    counts: dict[str, int | str]
    tab: str
    tabs: tuple[TabLink, ...]
    rows: Sequence[object]
    """Rows of a list of questions, or of the module that the tab is named after."""
    newer: str | None
    older: str | None
    is_lost: bool
    can_moderate: bool
    again: MissRate | None
    """How often one's own checks were checked again, and had missed something; None for everybody else."""
    depends_on: frozenset[str]
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class _Part:
    """What a tab shows."""

    page: Turned[Any]
    is_lost: bool
    depends_on: frozenset[str] = frozenset()
    valid_until: datetime | None = None
    points: Points | None = None


def person_page(user_id: int, tab: str, where: Place[datetime] | None, viewer: User | None, now: datetime) -> PersonPage:
    """The page as `viewer` sees it. Raises NotFound. Four statements, two more for the entries of the
    ledger, one more where some of these undo others, for one's own page and for one's own checks.

    What no tab is called is the first one with something in it.
    """
    head = db.session.connection().execute(_head(), {"id": user_id}).first()
    if head is None:
        raise NotFound("There is no such person.")
    fields = db.session.connection().execute(_fields(), {"id": user_id, "now": now}).all()
    counted = {name: int(head._mapping[f"{name}_count"]) for name in ("answers", "questions", "checks")}
    if tab not in TABS:
        tab = next((name for name, number in counted.items() if number), "reputation")
    own = viewer is not None and viewer.id == user_id
    part = _part(tab, user_id, where, now, own=own)
    suspended_until = head.suspended_until if head.suspended_until is not None and head.suspended_until > now else None
    who = person(head.id, head.name, head.avatar_url, head.role, head.reputation)
    ends = [part.valid_until, suspended_until, *(field.expires_at for field in fields)]
    page = part.page
    return PersonPage(
        person=who,
        role=ROLE_WORDS[Role(head.role)],
        rank=held.rank_of(head.rank, head.reputation),
        badges=held.strip(head.badges, user_id),
        badge_next=_on_the_way(user_id, head.badges) if viewer is not None and viewer.id == user_id else None,
        about=stored(head.about_html),
        since=head.created_at,
        active=head.active or 0,
        points=part.points,
        is_closed=head.closed_at is not None,
        merged_into=f"/people/{head.merged_into_id}" if head.merged_into_id is not None else None,
        fields=tuple(Field(field.name, tag_url(field.name), field.expires_at) for field in fields),
        suspended_until=suspended_until,
        origin_url=head.origin_url,
        origin_site=(urlsplit(head.origin_url or "").hostname or "").removeprefix("www."),
        counts={name: number if number <= MOST_COUNTED else f"{MOST_COUNTED}+" for name, number in counted.items()},
        tab=tab,
        tabs=tuple((pager.address(who.url, tab=name), words, None, name == tab) for name, words in TABS.items()),
        rows=page.rows,
        newer=pager.address(who.url, tab=tab, after=page.back) if page.back else None,
        older=pager.address(who.url, tab=tab, before=page.onward) if page.onward else None,
        is_lost=part.is_lost,
        can_moderate=policy.can(viewer, "moderate", Subject(author_id=user_id, role=head.role), now),
        again=_again(user_id, tab, viewer, now),
        depends_on=part.depends_on | {FRONT, ranks.PAGES, person_key(user_id)},
        valid_until=min((end for end in ends if end is not None), default=None),
    )


def _on_the_way(user_id: int, badges: str | None) -> Progress | None:
    return progress.nearest(progress.progress(user_id, [one.rule.name for one in held.held(badges)]))


def _again(user_id: int, tab: str, viewer: User | None, now: datetime) -> MissRate | None:
    mine = viewer is not None and viewer.id == user_id and tab == "checks"
    return audit.miss_rate(db.session(), user_id, now - JUDGED_WITHIN) if mine else None


def _part(tab: str, user_id: int, where: Place[datetime] | None, now: datetime, *, own: bool) -> _Part:
    if tab == "questions":
        found = listed("newest", where, now, _asked, person_id=user_id)
        return _Part(found.page, found.is_lost, found.depends_on, found.valid_until)
    if tab == "reputation":
        entries = person_ledger.entries(user_id, where, own=own)
        points = person_points.points_of(user_id, now)
        return _Part(entries, pager.is_lost(entries, where), valid_until=points.day_ends, points=points)
    show = person_answers.answers if tab == "answers" else person_checks.checks
    page, valid_until = show(user_id, where, now)
    return _Part(page, pager.is_lost(page, where), valid_until=valid_until)


def _asked() -> ColumnElement[bool]:
    return Question.__table__.c.author_id == bindparam("person_id")


@cache
def _head() -> Select[*tuple[Any, ...]]:
    """The person, and how much they have done, counted no further than the page says it."""
    answers, questions, checks = Answer.__table__.c, Question.__table__.c, Verification.__table__.c
    # Each count follows an index that begins with the person.
    some = {
        "answers": (answers.author_id, answers.removed_at.is_(None)),
        "questions": (questions.author_id, questions.removed_at.is_(None)),
        "checks": (checks.verifier_id, checks.undone_at.is_(None)),
    }
    counts = []
    for name, (owner, stands) in some.items():
        rows = select(literal_column("1")).where(owner == bindparam("id"), stands).limit(MOST_COUNTED + 1).subquery()
        counts.append(select(func.count()).select_from(rows).scalar_subquery().label(f"{name}_count"))
    of_today = (Standing.user_id == User.id, Standing.period == periods.CURRENT, Standing.tag_id == 0)
    active = select(Standing.points).where(*of_today).scalar_subquery()
    return select(
        User.id,
        User.name,
        User.avatar_url,
        User.role,
        User.reputation,
        User.about_html,
        User.created_at,
        User.suspended_until,
        User.origin_url,
        User.closed_at,
        User.merged_into_id,
        active.label("active"),
        held.held_column(User.id).label("badges"),
        held.rank_column(User.reputation).label("rank"),
        *counts,
    ).where(User.id == bindparam("id"))


@cache
def _fields() -> Select[*tuple[Any, ...]]:
    return (
        select(Tag.name, Expertise.expires_at)
        .join(Expertise, Expertise.tag_id == Tag.id)
        .where(Expertise.user_id == bindparam("id"), Expertise.expires_at > bindparam("now", type_=UTCDateTime()))
        .order_by(Tag.name)
    )
