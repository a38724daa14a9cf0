"""Telling people what was found for their saved searches: one entry of the inbox for each search and run, one mail a day."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import Row, delete, exists, select, update
from sqlalchemy.orm import Session

from app import mail
from app.accounts.models import User
from app.db import db, transaction
from community.freshness.digest import MORNING
from community.models import Question
from community.notifications import inbox
from community.queries.addresses import question_url
from reputation.ledger import day_start
from search.saved.models import Notify, SavedSearch, SavedSearchFind

EVERY = timedelta(minutes=3)
"""How long a find waits at the most, so that several make one entry."""
AT_ONCE = 1000
"""So many searches, or mails, of one run; the next run goes on."""
NAMED = 3
"""So many questions are named in the inbox."""
MAILED = 10
"""So many of each search in a mail."""

_Find = SavedSearchFind
_UNTOLD = _Find.told_at.is_(None)
_UNMAILED = (_Find.told_at.is_not(None), _Find.mailed_at.is_(None))


def tell(now: datetime) -> int:
    """Put what was found since the last time into the inboxes, one entry for each search; returns how many.

    Run twice, it tells once."""
    ids = db.session.scalars(select(_Find.search_id).where(_UNTOLD).distinct().order_by(_Find.search_id).limit(AT_ONCE)).all()
    db.session.rollback()
    return sum(_tell(search_id, now) for search_id in ids)


def _tell(search_id: int, now: datetime) -> bool:
    with transaction() as session:
        search = session.scalars(
            select(SavedSearch).where(SavedSearch.id == search_id).with_for_update(key_share=True)
        ).one_or_none()
        if search is None:
            return False
        # What was removed meanwhile is forgotten, so that it is new once more when it comes back.
        removed = exists().where(Question.id == _Find.question_id, Question.removed_at.is_not(None))
        session.execute(
            delete(_Find).where(_Find.search_id == search_id, _UNTOLD, removed).execution_options(synchronize_session=False)
        )
        mine = update(_Find).where(_Find.search_id == search_id, _UNTOLD).values(told_at=now)
        told = sorted(session.scalars(mine.returning(_Find.question_id).execution_options(synchronize_session=False)))
        if not told or search.notify == Notify.OFF:
            return False
        titles = session.execute(
            select(Question.id, Question.title).where(Question.id.in_(told[-NAMED:])).order_by(Question.id.desc())
        )
        text = _named(search.name, [title for _, title in titles], len(told))
        # No question is told twice of one search, so its number makes the cause this run's own.
        return bool(inbox.put(session, [search.user_id], "search", f"search:{search_id}:{told[-1]}", now, text=text))


def _named(name: str, titles: Sequence[str], count: int) -> str:
    more = f" and {count - len(titles)} more" if count > len(titles) else ""
    return f"{name}: {'; '.join(titles)}{more}"


def send(now: datetime) -> int:
    """Send the mails that are due this morning; returns how many. At most one a day to a person, none without news."""
    if now.astimezone(ZoneInfo(current_app.config["SETTINGS"].time_zone)).hour not in MORNING:
        return 0
    wanted = (
        select(SavedSearch.user_id)
        .join(_Find, _Find.search_id == SavedSearch.id)
        .join(User, User.id == SavedSearch.user_id)
        .where(*_UNMAILED, SavedSearch.notify == Notify.MAIL, User.email.is_not(None), User.email_confirmed_at.is_not(None))
        .distinct()
        .order_by(SavedSearch.user_id)
        .limit(AT_ONCE)
    )
    people = db.session.scalars(wanted).all()
    db.session.rollback()
    return sum(_send(user_id, now) for user_id in people)


def _send(user_id: int, now: datetime) -> bool:
    with transaction() as session:
        by = session.scalars(select(User).where(User.id == user_id).with_for_update(key_share=True)).one()
        mine = select(SavedSearch.id).where(SavedSearch.user_id == user_id)
        today = select(exists().where(_Find.search_id.in_(mine), _Find.mailed_at >= day_start(now)))
        if by.email is None or session.execute(today).scalar():
            return False
        theirs = mine.where(SavedSearch.notify == Notify.MAIL)
        rows = session.execute(
            update(_Find)
            .where(_Find.search_id.in_(theirs), *_UNMAILED)
            .values(mailed_at=now)
            .returning(_Find.search_id, _Find.question_id)
            .execution_options(synchronize_session=False)
        ).all()
        parts, count = _parts(session, rows)
        if not count:
            return False
        subject = f"{count} new {'question' if count == 1 else 'questions'} for your saved searches"
        mail.send(session, by.email, subject, _letter(by.name, parts), now, mail_id=_mail_id(user_id, now))
        return True


def _parts(session: Session, rows: Sequence[Row[int, int]]) -> tuple[list[str], int]:
    """What is said of each search, and how many questions there are in all."""
    site = current_app.config["SETTINGS"].site_url
    ids = {row.question_id for row in rows}
    living = select(Question.id, Question.title).where(Question.id.in_(ids), Question.removed_at.is_(None))
    titles = dict(session.execute(living).all())
    names = dict(
        session.execute(select(SavedSearch.id, SavedSearch.name).where(SavedSearch.id.in_({row.search_id for row in rows}))).all()
    )
    parts = []
    for search_id, name in sorted(names.items()):
        theirs = sorted(
            (row.question_id for row in rows if row.search_id == search_id and row.question_id in titles), reverse=True
        )
        if theirs:
            parts.append(f"{name}:")
            parts += [f"{titles[one]}\n{site}{question_url(one, titles[one])}" for one in theirs[:MAILED]]
            if len(theirs) > MAILED:
                parts.append(f"and {len(theirs) - MAILED} more: {site}/searches/{search_id}")
    return parts, len(titles)


def _letter(name: str, parts: Sequence[str]) -> str:
    site = current_app.config["SETTINGS"].site_url
    last = f"At most one such mail a day. No more of them: stop a search at {site}/searches\n"
    return "\n\n".join([f"Good morning {name}", "New, or newly answered, for the searches you saved:", *parts, last])


def _mail_id(user_id: int, now: datetime) -> str:
    """The same all day, so that it is one mail however often it is handed over."""
    return hashlib.sha256(f"searches:{user_id}:{day_start(now):%Y-%m-%d}".encode()).hexdigest()[:32]
