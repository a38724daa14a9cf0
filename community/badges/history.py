"""Rules run over everything that happened so far: for a new rule, after an import, for the demo community.

Person by person in the order of their numbers, a batch in each transaction, which also moves the run's cursor: killed, a run goes
on where it stopped, and two processes at one run share it. Awards are entered once, whatever the messages brought meanwhile.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db, transaction
from app.errors import NotFound
from community.badges import earning
from community.badges.earning import Span
from community.notifications import inbox
from reputation.badges import book
from reputation.badges.book import Earned
from reputation.badges.models import BadgeRun
from reputation.badges.rules import RULES

BATCH = 500
"""People in one transaction."""
NAMED = 3
"""Badges that the one notice calls by their names."""


def run(
    names: Collection[str] = (),
    *,
    quiet: bool = False,
    anew: bool = False,
    now: datetime,
    see: Callable[[BadgeRun], None] = lambda _run: None,
    batch: int = BATCH,
) -> int:
    """Award what everybody has ever earned of these badges, of all when none is named; returns how many are new.

    An unfinished run of the same badges is gone on with, unless it is to begin `anew`, as when much came in since. Each person
    gets one notice, or none when it is `quiet`. Raises NotFound for a badge that there is none of.
    """
    run_id = begin(names, quiet=quiet, anew=anew, now=now)
    while step(run_id, now=now, batch=batch):
        see(db.session.get_one(BadgeRun, run_id))
        db.session.rollback()
    awarded: int = db.session.execute(select(BadgeRun.awarded).where(BadgeRun.id == run_id)).scalar_one()
    db.session.rollback()
    return awarded


def begin(names: Collection[str], *, quiet: bool, anew: bool = False, now: datetime) -> int:
    """The number of the run to go on with: an unfinished one of the same badges, else a new one."""
    unknown = [name for name in names if name not in RULES]
    if unknown:
        raise NotFound(f"There is no badge “{unknown[0]}”. There are: {', '.join(RULES)}.")
    badges = sorted(names) if names else list(RULES)
    with transaction() as session:
        unfinished = select(BadgeRun).where(BadgeRun.finished_at.is_(None)).order_by(BadgeRun.id).with_for_update()
        for one in session.scalars(unfinished):
            if one.badges != badges or one.quiet != quiet:
                continue
            if not anew:
                return one.id
            one.finished_at = now
        new = BadgeRun(badges=badges, quiet=quiet, started_at=now)
        session.add(new)
        session.flush()
        return new.id


def step(run_id: int, *, now: datetime, batch: int = BATCH) -> bool:
    """See to the next people; False when there are none left and the run is finished."""
    with transaction() as session:
        one = session.get_one(BadgeRun, run_id, with_for_update=True, populate_existing=True)
        if one.finished_at is not None:
            return False
        people = session.scalars(select(User.id).where(User.id > one.cursor).order_by(User.id).limit(batch)).all()
        if not people:
            one.finished_at = now
            return False
        rules = [RULES[name] for name in one.badges if name in RULES]
        new = book.enter(session, earning.by_history(session, rules, Span(people[0], people[-1])))
        if not one.quiet:
            _tell(session, one, new, now)
        one.cursor, one.awarded = people[-1], one.awarded + len(new)
        return True


def _tell(session: Session, of: BadgeRun, new: Sequence[Earned], now: datetime) -> None:
    """One notice for each person, however much they have earned."""
    by_person: dict[int, list[str]] = defaultdict(list)
    for one in new:
        by_person[one.user_id].append(RULES[one.badge].title)
    for person, titles in sorted(by_person.items()):
        inbox.put(session, [person], "badges", f"badges:{of.id}", now, text=summary(titles))


def summary(titles: Sequence[str]) -> str:
    """As "Solved it, Good answer (3 times), Rescuer and 2 more"."""
    times: dict[str, int] = {}
    for title in titles:
        times[title] = times.get(title, 0) + 1
    named = [title if count == 1 else f"{title} ({count} times)" for title, count in times.items()]
    more = len(named) - NAMED
    if more > 0:
        return f"{', '.join(named[:NAMED])} and {more} more"
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
