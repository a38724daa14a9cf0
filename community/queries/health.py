"""The health page: what readers find, what is wrong of it, what comes due, who checks, and how long answers stay true."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, case, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import UTCDateTime, db
from community.freshness import audit, health
from community.freshness.beliefs import day_of
from community.freshness.health import BACKLOG, OLDER, Audit, Estimate, Rate
from community.lifecycle import State
from community.models import Answer, Tag, Verification, ViewDay
from community.queries import health_audit
from community.queries.addresses import tag_url
from community.queries.health_audit import FOUND, Arms, Views
from community.queries.shared import Person, person

SPANS = (30, 90)
"""Days back that the page can show."""
AHEAD = (30, 60, 90)
"""Days ahead that the forecast sums up."""
WEEKS = 13
"""Weeks of the forecast: AHEAD in full."""
LOAD = timedelta(days=30)
"""How far back the verifiers' work is counted."""
RATES = timedelta(days=365)
"""How far back known items tell how well verifiers find what is wrong."""
ARMS_BACK = timedelta(days=730)
"""Arms that ended longer ago are not compared any more."""
MOST_PEOPLE = 50
MOST_TAGS = 40
_SINCE = bindparam("since", type_=UTCDateTime())


@dataclass(frozen=True, slots=True)
class Day:
    """Views of one day, by what was found."""

    day: date
    views: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.views.values())

    def share(self, found: str) -> float:
        """Per cent of the day's views."""
        return 100 * self.views[found] / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Amount:
    """A bar: what it is, and how many answers."""

    words: str
    answers: int
    begins: date | None = None


@dataclass(frozen=True, slots=True)
class Verifier:
    """What one person has checked in LOAD, and how often their checks missed something, of those that were checked again."""

    person: Person
    checks: int
    finds: int
    checked_again: int
    missed: int


@dataclass(frozen=True, slots=True)
class TagLife:
    """How long answers under a tag stay true."""

    name: str
    url: str
    questions: int
    half_life: float | None
    """Days; None: not learned yet."""
    words: str
    gone_wrong: float
    right_days: float


@dataclass(frozen=True, slots=True)
class HealthPage:
    """Everything on the page."""

    span: int
    days: tuple[Day, ...]
    views: Mapping[str, int]
    audit: Audit
    under_banner: Audit
    """Of what was past its date already when it was drawn."""
    estimate: Estimate | None
    sensitivity: Rate
    specificity: Rate
    known: int
    """Items whose truth is known that the two rest on, beside what was assumed."""
    ahead: tuple[Amount, ...]
    weeks: tuple[Amount, ...]
    backlog: tuple[Amount, ...]
    verifiers: tuple[Verifier, ...]
    tags: tuple[TagLife, ...]
    arms: Arms

    @property
    def total(self) -> int:
        return sum(self.views.values())

    def share(self, found: str) -> float:
        """Per cent of all views."""
        return 100 * self.views[found] / self.total if self.total else 0.0


def health_page(span: int, now: datetime) -> HealthPage:
    """The page over the last `span` days. Nine statements, whatever the forum holds."""
    session = db.session()
    arms = session.execute(health_audit.arms(), {"since": now - ARMS_BACK}).all()
    began = min((arm.began_at for arm in arms), default=now)
    first = now - timedelta(days=span)
    views = _views(session, min(day_of(first) + timedelta(days=1), day_of(began)))
    audited = health_audit.audited(session, min(first, began))
    sensitivity, caught = health_audit.learned(health.SENSITIVITY, audit.sensitivity(session, now - RATES))
    specificity, passed = health_audit.learned(health.SPECIFICITY, audit.specificity(session, now - RATES))
    days = _days(views, day_of(first) + timedelta(days=1), span)
    lately = [one for one in audited if one.at > first]
    fresh = health_audit.total(one for one in lately if one.was == State.FRESH)
    amounts = _amounts(session, now)
    return HealthPage(
        span=span,
        days=days,
        views={found: sum(day.views[found] for day in days) for found in FOUND},
        audit=fresh,
        under_banner=health_audit.total(one for one in lately if one.was == State.DUE),
        estimate=health.estimate(fresh, sensitivity, specificity),
        sensitivity=sensitivity,
        specificity=specificity,
        known=caught + passed,
        ahead=amounts[: len(AHEAD)],
        weeks=amounts[len(AHEAD) : len(AHEAD) + WEEKS],
        backlog=amounts[len(AHEAD) + WEEKS :],
        verifiers=_verifiers(session, now),
        tags=_tags(session),
        arms=health_audit.compare(arms, views, audited, sensitivity, specificity),
    )


# --- views ----------------------------------------------------------------------------------------------------------------


def _views(session: Session, since: date) -> Views:
    found: dict[tuple[date, str, bool], int] = defaultdict(int)
    rows = select(ViewDay.day, ViewDay.found, ViewDay.arm, ViewDay.views).where(ViewDay.day >= since)
    for row in session.execute(rows):
        found[row.day, row.found, row.arm == "permanent"] += row.views
    return found


def _days(views: Views, first: date, span: int) -> tuple[Day, ...]:
    return tuple(
        Day(day, {found: views.get((day, found, True), 0) + views.get((day, found, False), 0) for found in FOUND})
        for day in (first + timedelta(days=number) for number in range(span))
    )


# --- what comes due, and what is --------------------------------------------------------------------------------------------


def _between(states: Sequence[str], least: datetime | None, most: datetime) -> ScalarSelect[int]:
    """How many answers in these written states have their date in [least, most). The index alone tells."""
    holds: list[ColumnElement[bool]] = [Answer.state.in_(states), Answer.best_before_at < most, Answer.removed_at.is_(None)]
    if least is not None:
        holds.append(Answer.best_before_at >= least)
    return select(func.count()).select_from(Answer).where(*holds).scalar_subquery()


def _counts(now: datetime) -> tuple[Select[*tuple[Any, ...]], list[tuple[str, date | None]]]:
    """The counts of forecast and backlog in one statement, and what each of them is."""
    fresh, waiting = ("fresh",), ("fresh", "due")
    parts: list[tuple[str, date | None, ScalarSelect[int]]] = [
        (f"the next {days} days", None, _between(fresh, now, now + timedelta(days=days))) for days in AHEAD
    ]
    for week in range(WEEKS):
        start = now + timedelta(weeks=week)
        parts.append((f"week {week + 1}", day_of(start), _between(fresh, start, start + timedelta(weeks=1))))
    newest = now
    for words, days in BACKLOG:
        oldest = now - timedelta(days=days)
        parts.append((words, None, _between(waiting, oldest, newest)))
        newest = oldest
    parts.append((OLDER, None, _between(waiting, None, newest)))
    return select(*(count for _, _, count in parts)), [(words, begins) for words, begins, _ in parts]


def _amounts(session: Session, now: datetime) -> tuple[Amount, ...]:
    statement, named = _counts(now)
    row = session.execute(statement).one()
    return tuple(Amount(words, answers, begins) for (words, begins), answers in zip(named, row, strict=True))


# --- verifiers and tags -----------------------------------------------------------------------------------------------------


def _load() -> Select[*tuple[Any, ...]]:
    # Grouped by what no index is in the order of, or SQLite reads every verification there ever was.
    verifier = func.coalesce(Verification.verifier_id, 0)
    checks, finds = func.count(), func.sum(case((Verification.verdict.in_(("wrong", "repaired")), 1), else_=0))
    counted = (
        select(verifier.label("verifier_id"), checks.label("checks"), finds.label("finds"))
        .where(Verification.at >= _SINCE, Verification.undone_at.is_(None))
        .group_by(verifier)
        .order_by(checks.desc(), verifier)
        .limit(MOST_PEOPLE)
        .subquery()
    )
    return (
        select(User.id, User.name, User.avatar_url, User.role, counted.c.checks, counted.c.finds)
        .join(counted, counted.c.verifier_id == User.id)
        .order_by(counted.c.checks.desc(), User.id)
    )


def _verifiers(session: Session, now: datetime) -> tuple[Verifier, ...]:
    rows = session.execute(_load(), {"since": now - LOAD}).all()
    missed = audit.miss_rates(session, now - LOAD)
    nothing = audit.MissRate()
    found = []
    for row in rows:
        rate = missed.get(row.id, nothing)
        who = person(row.id, row.name, row.avatar_url, row.role)
        found.append(Verifier(who, row.checks, row.finds, rate.checked_again, rate.missed))
    return tuple(found)


def _tag_lives() -> Select[*tuple[Any, ...]]:
    return (
        select(Tag.name, Tag.question_count, Tag.change_rate, Tag.learned_at, Tag.gone_wrong, Tag.right_days)
        .where(Tag.question_count > 0)
        .order_by(Tag.question_count.desc())
        .limit(MOST_TAGS)
    )


def _tags(session: Session) -> tuple[TagLife, ...]:
    found = []
    for row in session.execute(_tag_lives()):
        days = health.half_life(row.change_rate) if row.learned_at is not None else None
        words = health.in_words(days) if days is not None else "not known yet"
        url = tag_url(row.name)
        found.append(TagLife(row.name, url, row.question_count, days, words, row.gone_wrong, row.right_days))
    return tuple(found)
