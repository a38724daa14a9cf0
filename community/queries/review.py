"""The review page: the person's day, and the answer they hold or have chosen."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.accounts.models import User
from app.db import db
from community.freshness import assignments, audit, queue, verifiers
from community.freshness.audit import JUDGED_WITHIN, MissRate
from community.freshness.verifiers import VERDICTS, Day
from community.models import Assignment
from community.queries.review_item import Item, item

RECENT = timedelta(days=30)


@dataclass(frozen=True)
class ReviewPage:
    """What the page shows. `item` None: the day alone."""

    item: Item | None
    assignment_id: int | None
    """By which it is held; None for a chosen one that nobody holds yet."""
    refusal: str
    """Why what was held or asked for is not shown; "" when there is nothing to say."""
    day: Day
    waiting: int
    most_counted: int
    checks: int
    finds: int
    again: MissRate


def day(by: User, now: datetime) -> Day:
    """How far the person has come today."""
    return verifiers.day_of(db.session(), by.id, now)


def review_page(by: User, now: datetime, wanted: int | None = None) -> ReviewPage:
    """The answer this person holds, or the `wanted` one where they may check it; how many wait for them, their day, their month,
    and how often they missed something. Reads only: taking an answer is `assignments.take`."""
    session = db.session()
    given = assignments.held(session, by.id, now)
    shown, refusal = None, ""
    if wanted is not None and (given is None or given.answer_id != wanted):
        given = None
        holder = assignments.holder_of(session, wanted, by, now)
        if holder is not None:
            refusal = f"{holder} is checking this answer just now."
        elif queue.may_check(session, by, now, wanted):
            shown = item(wanted, None, by, now)
        else:
            refusal = "There is nothing for you to check there: you have judged it already, or it is not open to you."
    elif given is not None:
        if given.purpose == "known" or queue.may_check(session, by, now, given.answer_id):
            shown = item(given.answer_id, given, by, now)
        if shown is None:
            refusal = "The answer you held need not be checked any more: it is closed, archived or gone, or not in your tags."
    since = now - RECENT
    # By what was given, as the day is counted: a check that counts here and not there would tell what it was.
    mine = select(Assignment.outcome, func.count()).where(
        Assignment.verifier_id == by.id, Assignment.taken_at > since, Assignment.outcome.in_(VERDICTS)
    )
    counts = {row[0]: row[1] for row in session.execute(mine.group_by(Assignment.outcome))}
    return ReviewPage(
        item=shown,
        assignment_id=given.id if given is not None and shown is not None else None,
        refusal=refusal,
        day=verifiers.day_of(session, by.id, now),
        waiting=queue.open_count(session, by, now),
        most_counted=queue.MOST_COUNTED,
        checks=sum(counts.values()),
        finds=counts.get("wrong", 0) + counts.get("repaired", 0),
        again=audit.miss_rate(session, by.id, now - JUDGED_WITHIN),
    )
