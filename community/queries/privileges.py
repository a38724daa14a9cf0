"""Privileges: what a person may do and how far the next one is; and what a change of the table would do to whom."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.db import db
from community.expertise.suggesting import ACCURACY, JUDGED_AT_LEAST, POINTS, Record, points_by_tag, record_of
from community.models import Expertise, QuestionTag, Tag
from community.queries.addresses import tag_url
from community.queries.shared import Person, person
from reputation.privileges import current
from reputation.privileges.models import PrivilegeVersion
from reputation.privileges.table import PRIVILEGES, Thresholds

NAMES_SHOWN = 5
"""How many of those who gain or lose a privilege are named."""
VERSIONS_SHOWN = 20
TAGS_SHOWN = 6
"""How many of a person's tags with the most points are listed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One privilege, as a person sees it."""

    words: str
    needed: int
    in_tag: bool
    has: bool
    missing: int


@dataclass(frozen=True, slots=True)
class Expert:
    """A tag somebody is trusted in, or was."""

    tag: str
    url: str
    until: datetime
    stands: bool


@dataclass(frozen=True, slots=True)
class TagPoints:
    """What somebody earned under a tag, and how much more would have them suggested as an expert."""

    tag: str
    url: str
    points: int
    missing: int


@dataclass(frozen=True, slots=True)
class PrivilegesPage:
    """The table; for who is signed in with what they have and lack."""

    lines: tuple[Line, ...]
    reputation: int | None
    next: Line | None
    """The nearest privilege the person lacks."""
    experts: tuple[Expert, ...]
    tags: tuple[TagPoints, ...]
    record: Record
    judged_at_least: int
    accuracy: int
    """Per cent of a person's words that have to have been right."""
    is_staff: bool
    sees_queue: bool


def privileges_page(viewer: User | None, now: datetime) -> PrivilegesPage:
    """The page: one statement signed out, five signed in."""
    session = db.session()
    table = current.read(session)
    has = viewer.reputation if viewer else 0
    free = viewer is not None and viewer.is_staff
    lines = tuple(
        Line(line.words, needed, line.in_tag, viewer is not None and (free or has >= needed), max(0, needed - has))
        for name, line in PRIVILEGES.items()
        for needed in (table.needed(name),)
    )
    lacking = [line for line in lines if not line.has and not line.in_tag]
    return PrivilegesPage(
        lines=lines,
        reputation=viewer.reputation if viewer else None,
        next=min(lacking, key=lambda line: line.missing) if viewer and lacking else None,
        experts=_experts(session, viewer.id, now) if viewer else (),
        tags=_tags(session, viewer.id, table.needed("verify"), now) if viewer and not free else (),
        record=record_of(session, [viewer.id]).get(viewer.id, Record(0, 0)) if viewer else Record(0, 0),
        judged_at_least=JUDGED_AT_LEAST,
        accuracy=round(ACCURACY * 100),
        is_staff=free,
        sees_queue=viewer is not None and (free or has >= table.needed("see_queue")),
    )


def _experts(session: Session, user_id: int, now: datetime) -> tuple[Expert, ...]:
    rows = session.execute(
        select(Tag.name, Expertise.expires_at)
        .join(Expertise, Expertise.tag_id == Tag.id)
        .where(Expertise.user_id == user_id)
        .order_by(Tag.name)
    )
    return tuple(Expert(row.name, tag_url(row.name), row.expires_at, row.expires_at > now) for row in rows)


def _tags(session: Session, user_id: int, needed: int, now: datetime) -> tuple[TagPoints, ...]:
    stands = select(Expertise.tag_id).where(Expertise.user_id == user_id, Expertise.expires_at > now)
    earned = points_by_tag([user_id]).where(QuestionTag.tag_id.not_in(stands))
    sums = earned.order_by(POINTS.desc()).limit(TAGS_SHOWN).subquery()
    rows = session.execute(
        select(Tag.name, sums.c.points).join(sums, sums.c.tag_id == Tag.id).order_by(sums.c.points.desc(), Tag.name)
    )
    return tuple(TagPoints(row.name, tag_url(row.name), row.points, max(0, needed - row.points)) for row in rows)


# --- what a change would do ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to one privilege."""

    name: str
    words: str
    before: int
    after: int
    gains: int
    loses: int
    people: tuple[Person, ...]
    """Some of those who gain or lose it, who have the most reputation first."""


@dataclass(frozen=True, slots=True)
class Version:
    """A table that was saved."""

    number: int
    by: Person | None
    at: datetime
    preset: str
    own: tuple[tuple[str, int], ...]
    automatic: bool
    note: str


def effects(session: Session, before: Thresholds, after: Thresholds) -> tuple[Effect, ...]:
    """Of each privilege by reputation that takes more or less than before: how many members gain or lose it, and some names.

    Two statements. Staff may anyway; who was imported cannot sign in; neither is counted.
    """
    moved = {
        name: (before.needed(name), after.needed(name))
        for name, line in PRIVILEGES.items()
        if not line.in_tag and before.needed(name) != after.needed(name)
    }
    if not moved:
        return ()
    member = (User.role == Role.CUSTOMER, User.email.is_not(None))

    def concerned(name: str) -> tuple[ColumnElement[bool], ...]:
        low, high = sorted(moved[name])
        return (*member, User.reputation >= low, User.reputation < high)

    counts = session.execute(
        select(*(select(func.count()).select_from(User).where(*concerned(name)).scalar_subquery().label(name) for name in moved))
    ).one()
    some: CompoundSelect[*tuple[Any, ...]] = union_all(
        *(
            select(
                select(literal(name).label("privilege"), User.id, User.name, User.avatar_url, User.role, User.reputation)
                .where(*concerned(name))
                .order_by(User.reputation.desc(), User.id)
                .limit(NAMES_SHOWN)
                .subquery()
            )
            for name in moved
        )
    )
    named: dict[str, list[Person]] = defaultdict(list)
    for row in session.execute(some):
        named[row.privilege].append(person(row.id, row.name, row.avatar_url, row.role, row.reputation))
    return tuple(
        Effect(
            name,
            PRIVILEGES[name].words,
            was,
            will,
            getattr(counts, name) if will < was else 0,
            getattr(counts, name) if will > was else 0,
            tuple(named[name]),
        )
        for name, (was, will) in moved.items()
    )


def versions(session: Session) -> tuple[Version, ...]:
    """The tables that were saved, newest first. One statement."""
    rows = session.execute(
        select(PrivilegeVersion, User.id.label("user_id"), User.name, User.avatar_url, User.role)
        .outerjoin(User, User.id == PrivilegeVersion.by_id)
        .order_by(PrivilegeVersion.id.desc())
        .limit(VERSIONS_SHOWN)
    )
    return tuple(
        Version(
            row.PrivilegeVersion.id,
            person(row.user_id, row.name, row.avatar_url, row.role) if row.user_id else None,
            row.PrivilegeVersion.at,
            row.PrivilegeVersion.preset,
            tuple((PRIVILEGES[name].words, value) for name, value in row.PrivilegeVersion.own.items() if name in PRIVILEGES),
            row.PrivilegeVersion.automatic,
            row.PrivilegeVersion.note,
        )
        for row in rows
    )
