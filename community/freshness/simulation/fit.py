"""A wish fitted to this site: its answers, their pace, its readers, its verifiers, and what its tags have learned."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from community.freshness.belief import PARAMETERS
from community.freshness.simulation.wish import LIMITS, Wish
from community.models import Answer, Question, Tag, Verification, ViewDay

LOOKS_BACK = timedelta(days=90)
"""How far back views and checks are counted."""
MOST_TAGS = 200
"""The largest tags say how fast answers change; the others are like them."""
CHECKS_SHARE = Wish.checks / Wish.answers
"""Where nobody has checked anything yet: units of work a day for each answer, as in the simulation's own world."""
VIEWS_EACH = Wish.views_per_day / Wish.answers
"""Where nothing was read yet: views of each answer a day, likewise."""


def site(session: Session, now: datetime, days: int = Wish.days) -> Wish:
    """The site as it is, run for `days` days at the pace of the last year. Where it has no counts, the usual values stand."""
    living = (Answer.removed_at.is_(None), Answer.archived_at.is_(None))
    there, first, lately = session.execute(
        select(
            func.count(),
            func.min(Answer.created_at),
            func.sum(case((Answer.created_at > now - timedelta(days=365), 1), else_=0)),
        ).where(*living)
    ).one()
    if not there:
        return Wish(days=days)
    age = max(1.0, (now - first) / timedelta(days=1))
    coming = round(lately / min(age, 365.0) * days)
    answers = there + coming
    work = _work(session, now) or max(1.0, CHECKS_SHARE * answers)
    views = _views(session, now, age) or answers * VIEWS_EACH
    return _of_size(
        int(_within("answers", answers)),
        answers,
        Wish(
            days=days,
            checks=_within("checks", work),
            views_per_day=_within("views_per_day", views),
            archive=round(there / answers, 3),
            archive_days=int(_within("archive_days", age)),
            lives=_lives(session),
        ),
    )


def sample(wish: Wish, most: int) -> Wish:
    """A world with at most so many answers, and work and readers in proportion."""
    return _of_size(most, wish.answers, wish) if wish.answers > most else wish


def _of_size(size: int, answers: int, wish: Wish) -> Wish:
    """A world of `size` answers for a site of `answers`, each of which gets the same work and readers: a sample of a large site,
    or a small site made large enough to draw from."""
    checks = _within("checks", round(wish.checks * size / answers, 2))
    views = _within("views_per_day", round(wish.views_per_day * size / answers, 1))
    return replace(wish, answers=size, checks=min(checks, float(size)), views_per_day=views)


def _within(name: str, value: float) -> float:
    least, most = LIMITS[name]
    return min(max(value, least), most)


def _work(session: Session, now: datetime) -> float:
    """Units of work a day that verifiers have spent."""
    repairs = func.sum(case((Verification.verdict == "repaired", 1), else_=0))
    checks, repaired, first = session.execute(
        select(func.count(), repairs, func.min(Verification.at)).where(
            Verification.at > now - LOOKS_BACK, Verification.undone_at.is_(None)
        )
    ).one()
    if not checks:
        return 0.0
    return float((checks + PARAMETERS.FIX * repaired) / max(7.0, (now - first) / timedelta(days=1)))


def _views(session: Session, now: datetime, age: float) -> float:
    """Views of questions a day: as counted by day, or over the site's whole life."""
    counted, days = session.execute(
        select(func.sum(ViewDay.views), func.count(ViewDay.day.distinct())).where(
            ViewDay.day > (now - LOOKS_BACK).date(), ViewDay.day < now.date()
        )
    ).one()
    if counted and days >= 7:  # noqa: PLR2004 - a week has every kind of day
        return float(counted / days)
    return float((session.scalar(select(func.sum(Question.views)).where(Question.removed_at.is_(None))) or 0) / age)


def _lives(session: Session) -> tuple[tuple[float, float], ...]:
    """The largest tags, where any has learned a rate: how many questions each has, and how long answers under it stay right."""
    rows = session.execute(
        select(Tag.question_count, Tag.change_rate, Tag.learned_at)
        .where(Tag.question_count > 0)
        .order_by(Tag.question_count.desc(), Tag.id)
        .limit(MOST_TAGS)
    ).all()
    if all(row.learned_at is None for row in rows):
        return ()
    return tuple((float(row.question_count), round(1 / row.change_rate, 1)) for row in rows)
