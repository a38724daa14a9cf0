"""The front page: what needs an answer, what was answered, what is due; beside it how the last weeks went.

At most six statements, the signed-in person's included: the rows, the counts, and beside them the side column's, which are asked
once in ten minutes for everybody; between those one for the names of the people it shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import current_app
from sqlalchemy import Select, bindparam, case, func, select

from app.accounts.models import User
from app.db import UTCDateTime, db
from app.pages import person_key
from community.models import Answer, Question, Verification
from community.queries import pager
from community.queries.list_statements import IS_OPEN, IS_THERE, MAY_BE_DUE, NOW, TABS, WAITING_SINCE, bounded, soonest
from community.queries.lists import Listed, listed
from community.queries.pager import Place
from community.queries.shared import Person, Row, TabLink, person

FIRST = "needs"
"""The tab that stands at /."""
MINE = "mine"
COUNTED = ("needs", "stale", "due")
MOST_COUNTED = 99
"""Beyond this a tab says "99+": counting a million rows would make the page slow for a number that nobody reads."""
SIDE_KEPT = timedelta(minutes=10)
"""How old the side column's numbers may be."""
BACK = timedelta(days=30)
"""How far the side column looks back for first answers and checks."""
MOST_READ = 500
NEWEST_ASKED = 500
KEEPERS = 5
_SIDE = "bestbefore_front_side"


@dataclass(frozen=True, slots=True)
class Week:
    """How much of what is read is current, in per cent, together 100; and how fast answers come, in words."""

    fresh: int
    due: int
    expired: int
    median: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """What the side column says, without the people's names."""

    made_at: datetime
    week: Week | None
    keepers: tuple[tuple[int, int], ...]
    """Ids, and how many checks."""


@dataclass(frozen=True, slots=True)
class FrontPage:
    """What `templates/front/index.html` shows, and what a stored copy of it has to watch."""

    tab: str
    tabs: tuple[TabLink, ...]
    listed: Listed
    newer: str | None
    older: str | None
    week: Week | None
    keepers: tuple[tuple[Person, str], ...]
    depends_on: frozenset[str]
    valid_until: datetime | None

    @property
    def rows(self) -> list[Row]:
        return list(self.listed.rows)


def front_page(tab: str, where: Place[datetime] | None, viewer: User | None, now: datetime) -> FrontPage:
    """A page of a tab. `mine` needs somebody signed in. What no tab is called is the first one."""
    if tab == MINE and viewer is not None:
        shown = listed("newest", where, now, _asked_by, author=viewer.id)
    else:
        tab = tab if tab in TABS else FIRST
        shown = listed(tab, where, now)
    counted = db.session.connection().execute(_counts(), {"now": now}).one()
    side, keepers = _side(now)
    path_of = {"tab": "" if tab == FIRST else tab}
    changes = [shown.valid_until, counted.next_needs, counted.next_due]
    return FrontPage(
        tab=tab,
        tabs=_tabs(tab, {name: words_of(counted._mapping[name]) for name in COUNTED}, viewer is not None),
        listed=shown,
        newer=pager.address("/", **path_of, after=shown.page.back) if shown.page.back else None,
        older=pager.address("/", **path_of, before=shown.page.onward) if shown.page.onward else None,
        week=side.week,
        keepers=keepers,
        depends_on=shown.depends_on | {person_key(keeper.id) for keeper, _ in keepers},
        valid_until=min((change for change in changes if change is not None), default=None),
    )


def _tabs(shown: str, counts: Mapping[str, int | str], is_signed_in: bool) -> tuple[TabLink, ...]:
    names = {name: tab.words for name, tab in TABS.items()} | ({MINE: "Mine"} if is_signed_in else {})
    return tuple(
        (pager.address("/", tab="" if name == FIRST else name), words, counts.get(name), name == shown)
        for name, words in names.items()
    )


def _asked_by() -> Any:  # noqa: ANN401 - a condition
    return Question.__table__.c.author_id == bindparam("author")


def words_of(counted: int) -> int | str:
    """A bounded count as a tab shows it."""
    return counted if counted <= MOST_COUNTED else f"{MOST_COUNTED}+"


@cache
def _counts() -> Select[*tuple[Any, ...]]:
    """The tabs' counts, and when the clock will next put something into one of them. Each enters an index and goes no further
    than a hundred rows."""
    return select(
        *(bounded(TABS[name].all(), MOST_COUNTED + 1).label(name) for name in COUNTED),
        soonest(WAITING_SINCE, IS_OPEN).label("next_needs"),
        soonest(TABS["due"].key, MAY_BE_DUE).label("next_due"),
    )


def _side(now: datetime) -> tuple[Side, tuple[tuple[Person, str], ...]]:
    """The side column, its numbers kept for ten minutes in each process, its people as they are called now."""
    kept: Side | None = current_app.extensions.get(_SIDE)
    if kept is not None and timedelta(0) <= now - kept.made_at < SIDE_KEPT:
        if not kept.keepers:
            return kept, ()
        rows = db.session.connection().execute(_names(), {"ids": [user_id for user_id, _ in kept.keepers]}).all()
        found = {row.id: row for row in rows}
        counted = [(found[user_id], checks) for user_id, checks in kept.keepers if user_id in found]
    else:
        rows = db.session.connection().execute(_keepers(), {"since": now - BACK}).all()
        counted = [(row, row.checks) for row in rows]
        kept = Side(now, _week(now), tuple((row.id, row.checks) for row in rows))
        current_app.extensions[_SIDE] = kept
    return kept, tuple(
        (person(row.id, row.name, row.avatar_url, row.role), f"{checks} {'check' if checks == 1 else 'checks'}")
        for row, checks in counted
    )


@cache
def _names() -> Select[*tuple[Any, ...]]:
    return select(User.id, User.name, User.avatar_url, User.role).where(User.id.in_(bindparam("ids", expanding=True)))


@cache
def _keepers() -> Select[*tuple[Any, ...]]:
    """Who has checked most answers lately; "cannot tell" is no check."""
    checks = (
        select(Verification.verifier_id, func.count().label("checks"))
        .where(Verification.at >= bindparam("since", type_=UTCDateTime()), Verification.verdict != "unsure")
        .where(Verification.undone_at.is_(None))
        .group_by(Verification.verifier_id)
        .order_by(func.count().desc(), Verification.verifier_id)
        .limit(KEEPERS)
        .subquery()
    )
    return (
        select(User.id, User.name, User.avatar_url, User.role, checks.c.checks)
        .join(checks, checks.c.verifier_id == User.id)
        .order_by(checks.c.checks.desc(), User.id)
    )


def _week(now: datetime) -> Week | None:
    """Shares by views, which are kept as a sum for each question and not by day: so this is what a reader of the most read
    questions would find today, which is close to what was read this week as long as the same questions are read."""
    views = db.session.connection().execute(_views(), {"now": now}).one()
    parts = per_cent([int(views.fresh or 0), int(views.due or 0), int(views.expired or 0)])
    if parts is None:
        return None
    waits = db.session.connection().execute(_first_answers(), {"since": now - BACK}).all()
    fresh, due, expired = parts
    return Week(fresh, due, expired, _median([row.first_at - row.created_at if row.first_at else None for row in waits]))


@cache
def _views() -> Select[*tuple[Any, ...]]:
    columns = Question.__table__.c
    most_read = (
        select(columns.views, columns.lead_best_before_at, columns.lead_expires_at)
        .where(IS_THERE, columns.lead_answer_id.is_not(None))
        .order_by(columns.views.desc(), columns.id.desc())
        .limit(MOST_READ)
        .subquery()
        .c
    )
    expired, late = most_read.lead_expires_at <= NOW, most_read.lead_best_before_at <= NOW
    return select(
        func.sum(case((expired | late, 0), else_=most_read.views)).label("fresh"),
        func.sum(case((expired, 0), (late, most_read.views), else_=0)).label("due"),
        func.sum(case((expired, most_read.views), else_=0)).label("expired"),
    )


@cache
def _first_answers() -> Select[*tuple[Any, ...]]:
    """When each of the newest questions was asked and when somebody else first answered it."""
    answers, asked = Answer.__table__.c, Question.__table__.c
    first = (
        select(func.min(answers.created_at))
        .where(answers.question_id == asked.id, answers.removed_at.is_(None), answers.author_id != asked.author_id)
        .scalar_subquery()
    )
    return (
        select(asked.created_at, first.label("first_at"))
        .where(IS_THERE, asked.created_at >= bindparam("since", type_=UTCDateTime()))
        .order_by(asked.created_at.desc())
        .limit(NEWEST_ASKED)
    )


def per_cent(parts: list[int]) -> list[int] | None:
    """Whole per cents that make 100 together, by largest remainder; None of nothing."""
    whole = sum(parts)
    if whole <= 0:
        return None
    shares = [part * 100 // whole for part in parts]
    behind = sorted(range(len(parts)), key=lambda index: -(parts[index] * 100 % whole))
    for index in behind[: 100 - sum(shares)]:
        shares[index] += 1
    return shares


def _median(waits: list[timedelta | None]) -> str:
    """Half of all questions had an answer in this time: the unanswered ones count as waiting for ever."""
    if not waits:
        return ""
    ordered = sorted(wait if wait is not None else timedelta.max for wait in waits)
    middle = ordered[(len(ordered) - 1) // 2]
    return "" if middle == timedelta.max else _duration(middle)


def _duration(length: timedelta) -> str:
    minutes = max(1, round(length.total_seconds() / 60))
    if minutes < 2 * 60:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 2 * 24 else f"{round(hours / 24)} days"
