"""All badges; who has one; everything that somebody has earned; the ranks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, select

from app.accounts.models import User
from app.db import UTCDateTime, db
from app.errors import NotFound
from community.badges.queries import held, progress
from community.badges.queries.progress import Progress
from community.models import Answer, Question
from community.queries import pager
from community.queries.addresses import answer_url, question_url, tag_url
from community.queries.pager import Place
from community.queries.shared import Person, person
from reputation.badges import ranks
from reputation.badges.models import BadgeAward, BadgeHolder, BadgeTally, RankName
from reputation.badges.ranks import Rank
from reputation.badges.rules import MEASURES, RULES, Grade, Rule

PAGE = 48
"""People, or awards, on one page."""

_people, _holders, _awards = User.__table__.c, BadgeHolder.__table__.c, BadgeAward.__table__.c
_questions, _answers = Question.__table__.c, Answer.__table__.c


@dataclass(frozen=True, slots=True)
class BadgeRow:
    """A badge in the list."""

    rule: Rule
    people: int
    times: int
    """How often the viewer has it."""
    progress: Progress | None
    """The viewer's, where they have not got it yet."""


@dataclass(frozen=True, slots=True)
class RankRow:
    """A rank in the list."""

    name: str
    begins: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class BadgesPage:
    """Every badge, and the ranks."""

    grades: tuple[tuple[Grade, tuple[BadgeRow, ...]], ...]
    ranks: tuple[RankRow, ...]
    to_next: str
    """What the viewer lacks for the next rank, in words; "" at the top and for nobody."""
    can_name: bool


@dataclass(frozen=True, slots=True)
class HolderRow:
    """Somebody who has a badge."""

    person: Person
    times: int
    at: datetime


@dataclass(frozen=True, slots=True)
class BadgePage:
    """One badge."""

    rule: Rule
    judge: str
    people: int
    rows: Sequence[HolderRow]
    newer: str | None
    older: str | None
    is_lost: bool


@dataclass(frozen=True, slots=True)
class AwardRow:
    """One award."""

    rule: Rule
    at: datetime
    title: str
    """Of what it is about; "" where that is removed, or it is about no one thing."""
    url: str


@dataclass(frozen=True, slots=True)
class PersonBadges:
    """Everything that somebody has earned."""

    person: Person
    rank: str
    total: int
    rows: Sequence[AwardRow]
    progress: tuple[Progress, ...]
    """What has begun and is not reached yet; only one's own."""
    url: str
    newer: str | None
    older: str | None
    is_lost: bool


def badges_page(viewer: User | None) -> BadgesPage:
    """The page. Two statements, two more for somebody signed in."""
    tallies: dict[str, int] = dict(db.session.execute(select(BadgeTally.badge, BadgeTally.people)).all())
    site = site_ranks()
    mine: dict[str, int] = {}
    ways: dict[str, Progress] = {}
    if viewer is not None:
        rows = select(BadgeHolder.badge, BadgeHolder.times).where(BadgeHolder.user_id == viewer.id)
        mine = dict(db.session.execute(rows).all())
        ways = progress.progress(viewer.id, mine)

    def row(rule: Rule) -> BadgeRow:
        times = mine.get(rule.name, 0)
        return BadgeRow(rule, tallies.get(rule.name, 0), times, None if times else ways.get(rule.name))

    return BadgesPage(
        grades=tuple((grade, tuple(row(rule) for rule in RULES.values() if rule.grade is grade)) for grade in Grade),
        ranks=tuple(_rank_row(rank, site, viewer) for rank in site),
        to_next=to_next(viewer.reputation, site) if viewer is not None else "",
        can_name=viewer is not None and viewer.is_admin,
    )


def _rank_row(rank: Rank, site: Sequence[Rank], viewer: User | None) -> RankRow:
    begins = "from the beginning" if rank.points == ranks.LOWEST else f"from {rank.points:,} reputation"
    return RankRow(rank.name, begins, viewer is not None and ranks.of(viewer.reputation, site) == rank)


def to_next(reputation: int, site: Sequence[Rank]) -> str:
    """As "85 points to Helper"."""
    above = ranks.following(reputation, site)
    if above is None:
        return ""
    lacking = above.points - reputation
    return f"{lacking:,} {'point' if lacking == 1 else 'points'} to {above.name}"


def site_ranks() -> Sequence[Rank]:
    """The site's own ranks, or the product's, in the order of their points. One statement."""
    own = db.session.execute(select(RankName.name, RankName.points).order_by(RankName.points)).all()
    return [Rank(row.name, row.points) for row in own] or ranks.DEFAULTS


def badge_page(name: str, where: Place[datetime] | None) -> BadgePage:
    """Who has a badge, the latest first. Raises NotFound. Two statements; an index is entered where the page begins."""
    if name not in RULES:
        raise NotFound("There is no such badge.")
    rule, url = RULES[name], f"/badges/{name}"
    people = db.session.execute(select(BadgeTally.people).where(BadgeTally.badge == name)).scalar()
    back = where is not None and where.back
    asked = {"badge": name, **pager.values(where)}
    found = db.session.connection().execute(_holders_page(where is not None, back), asked).all()
    turned = pager.cut(found, where, PAGE, lambda row: pager.moment_cursor(row.last_at, row.id))
    return BadgePage(
        rule=rule,
        judge=MEASURES[rule.measure].judge,
        people=people or 0,
        rows=[
            HolderRow(person(row.id, row.name, row.avatar_url, row.role, row.reputation), row.times, row.last_at)
            for row in turned.rows
        ],
        newer=pager.address(url, after=turned.back) if turned.back else None,
        older=pager.address(url, before=turned.onward) if turned.onward else None,
        is_lost=pager.is_lost(turned, where),
    )


@cache
def _holders_page(is_turned: bool, back: bool) -> Select[*tuple[Any, ...]]:
    query = (
        select(_people.id, _people.name, _people.avatar_url, _people.role, _people.reputation, _holders.times, _holders.last_at)
        .select_from(BadgeHolder.__table__.join(User.__table__, _people.id == _holders.user_id))
        .where(_holders.badge == bindparam("badge"))
    )
    behind = pager.edge(UTCDateTime()) if is_turned else None
    return pager.turned(query, _holders.last_at, _holders.user_id, behind, size=PAGE, back=back)


def person_badges(user_id: int, where: Place[datetime] | None, viewer: User | None) -> PersonBadges:
    """Everything that somebody has earned, the latest first. Raises NotFound. Two statements, a third for one's own."""
    head = db.session.connection().execute(_head(), {"id": user_id}).first()
    if head is None:
        raise NotFound("There is no such person.")
    who = person(head.id, head.name, head.avatar_url, head.role, head.reputation)
    back = where is not None and where.back
    found = db.session.connection().execute(_awards_page(where is not None, back), {"id": user_id, **pager.values(where)}).all()
    turned = pager.cut(found, where, PAGE, lambda row: pager.moment_cursor(row.at, row.id))
    have = held.held(head.badges)
    reached = [one.rule.name for one in have]
    ways = progress.progress(user_id, reached) if viewer is not None and viewer.id == user_id else {}
    url = f"/people/{user_id}/badges"
    return PersonBadges(
        person=who,
        rank=held.rank_of(head.rank, head.reputation),
        total=len(have),
        rows=[_award_row(row) for row in turned.rows if row.badge in RULES],
        progress=tuple(one for one in ways.values() if 0 < one.done < one.rule.goal),
        url=url,
        newer=pager.address(url, after=turned.back) if turned.back else None,
        older=pager.address(url, before=turned.onward) if turned.onward else None,
        is_lost=pager.is_lost(turned, where),
    )


def _award_row(record: Any) -> AwardRow:  # noqa: ANN401 - a row of the query's own columns
    rule, title, url = RULES[record.badge], "", ""
    if rule.each == "tag":
        title, url = record.about, tag_url(record.about)
    elif record.title is not None and rule.each:
        title = record.title
        is_there = record.answer_id is not None and record.answer_is_there
        place = answer_url(record.question_id, title, record.answer_id) if is_there else ""
        url = place or question_url(record.question_id, title)
    return AwardRow(rule, record.at, title, url)


@cache
def _head() -> Select[*tuple[Any, ...]]:
    return select(
        User.id,
        User.name,
        User.avatar_url,
        User.role,
        User.reputation,
        held.held_column(User.id).label("badges"),
        held.rank_column(User.reputation).label("rank"),
    ).where(User.id == bindparam("id"))


@cache
def _awards_page(is_turned: bool, back: bool) -> Select[*tuple[Any, ...]]:
    """What was taken back is not shown; nor is the title of a question that was removed."""
    on = BadgeAward.__table__.outerjoin(
        Question.__table__, and_(_questions.id == _awards.question_id, _questions.removed_at.is_(None))
    ).outerjoin(Answer.__table__, and_(_answers.id == _awards.answer_id, _answers.removed_at.is_(None)))
    query = (
        select(
            _awards.id,
            _awards.badge,
            _awards.at,
            _awards.question_id,
            _awards.answer_id,
            _awards.about,
            _questions.title,
            case((_answers.id.is_not(None), 1), else_=0).label("answer_is_there"),
        )
        .select_from(on)
        .where(_awards.user_id == bindparam("id"), _awards.taken_at.is_(None))
    )
    behind = pager.edge(UTCDateTime()) if is_turned else None
    return pager.turned(query, _awards.at, _awards.id, behind, size=PAGE, back=back)
