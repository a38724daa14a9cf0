"""One mail a day at most to who checks answers, in the morning: how much waits, what is worth most, who is called to what.

Never when nothing waits. Who did not come since the last one hears once a week, and not at all while nothing is new; being
called to an answer is worth a mail the next morning. The inbox holds one unread entry of it at most.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session

from app import mail
from app.accounts.models import Role, User
from app.db import db, insert_into, transaction
from community.freshness import escalation, queue, verifiers
from community.models import Answer, AnswerBelief, Notification, Question, Verifier
from community.notifications import inbox
from reputation.ledger import day_start

MORNING = range(7, 12)
"""The hours, in the site's time zone, in which digests leave; a worker that was down at seven is not too late at eleven."""
SHOWN = 3
"""How many answers it names."""
MOST_CALLED = 5
"""How many it names of those that somebody is called to."""
BACK_OFF = timedelta(days=7)
"""How often who does not come hears."""


@dataclass(frozen=True)
class Letter:
    """What a digest says."""

    waiting: int
    target: int
    worth: tuple[tuple[int, str], ...]
    """Answers worth most: their numbers and their questions' titles."""
    called: tuple[tuple[int, str], ...]
    """Those that the person was called to since the last one."""


def send(now: datetime) -> int:
    """Send the digests that are due now; returns how many. Two workers at once send each once."""
    local = now.astimezone(ZoneInfo(current_app.config["SETTINGS"].time_zone))
    if local.hour not in MORNING:
        return 0
    reachable = (User.email.is_not(None), User.email_confirmed_at.is_not(None), User.mail_notices)
    checks = or_(User.role != Role.CUSTOMER, User.expert_until > now)
    free = or_(User.suspended_until.is_(None), User.suspended_until <= now)
    unheard = or_(Verifier.digested_at.is_(None), Verifier.digested_at < day_start(now))
    wanted = select(User.id).outerjoin(Verifier, Verifier.user_id == User.id).where(*reachable, checks, free, unheard)
    ids = db.session.scalars(wanted.order_by(User.id)).all()
    db.session.rollback()
    return sum(_send(user_id, now) for user_id in ids)


def _send(user_id: int, now: datetime) -> bool:
    with transaction() as session:
        by = session.get_one(User, user_id, populate_existing=True)
        last = session.execute(select(Verifier.digested_at).where(Verifier.user_id == user_id)).scalar()
        letter = _letter(session, by, last, now)
        if letter is None or by.email is None:
            return False
        session.execute(insert_into(session, Verifier).values(user_id=user_id).on_conflict_do_nothing())
        first = or_(Verifier.digested_at.is_(None), Verifier.digested_at < day_start(now))
        mine = update(Verifier).where(Verifier.user_id == user_id, first).values(digested_at=now)
        if session.execute(mine.returning(Verifier.user_id)).first() is None:
            return False
        mail.send(session, by.email, _subject(letter), _text(letter, by.name), now, mail_id=_mail_id(user_id, now))
        unread = (Notification.user_id == user_id, Notification.kind == "digest", Notification.read_at.is_(None))
        if not session.execute(select(exists().where(*unread))).scalar():
            inbox.put(session, [user_id], "digest", f"digest:{day_start(now):%Y-%m-%d}", now, text=_subject(letter))
        return True


def _letter(session: Session, by: User, last: datetime | None, now: datetime) -> Letter | None:
    """What to write to this person now; None: nothing. `last` is when they heard last."""
    target = verifiers.day_of(session, by.id, now).target
    if not target:
        return None
    called = _called(session, by, last or now - BACK_OFF, now)
    came = last is None or (by.last_seen_at is not None and by.last_seen_at > last)
    if last is not None and not came and not called:
        if day_start(now) - day_start(last) < BACK_OFF or not _is_news(session, by, last, now):
            return None
    waiting = queue.open_count(session, by, now)
    if not waiting and not called:
        return None
    first = queue.next_ids(session, by, now, SHOWN)
    named = select(Answer.id, Question.title).join(Question, Question.id == Answer.question_id).where(Answer.id.in_(first))
    titles = dict(session.execute(named).all())
    return Letter(waiting, target, tuple((answer_id, titles[answer_id]) for answer_id in first if answer_id in titles), called)


def _called(session: Session, by: User, since: datetime, now: datetime) -> tuple[tuple[int, str], ...]:
    found = (
        select(Answer.id, Question.title)
        .join(AnswerBelief, AnswerBelief.answer_id == Answer.id)
        .join(Question, Question.id == Answer.question_id)
        .where(*escalation.to(by, since, now))
        .order_by(AnswerBelief.score.desc(), Answer.id)
        .limit(MOST_CALLED)
    )
    return tuple((row.id, row.title) for row in session.execute(found))


def _is_news(session: Session, by: User, since: datetime, now: datetime) -> bool:
    """Whether anything in this person's queue fell due, or was reworked, since then."""
    fell = or_(and_(Answer.best_before_at > since, Answer.best_before_at <= now), Answer.reworked_at > since)
    found = select(Answer.id).join(Question, Question.id == Answer.question_id).where(fell, *queue.allowed(by, now))
    return session.execute(found.limit(1)).first() is not None


def _count(letter: Letter) -> str:
    many = f"More than {queue.MOST_COUNTED}" if letter.waiting > queue.MOST_COUNTED else str(letter.waiting)
    return f"{many} {'answer waits' if letter.waiting == 1 else 'answers wait'}"


def _subject(letter: Letter) -> str:
    return f"{_count(letter)} to be checked"


def _text(letter: Letter, name: str) -> str:
    site = current_app.config["SETTINGS"].site_url
    goal = f"{_count(letter)} for you to check. You mean to check {letter.target} a day; the rest can wait."
    parts = [f"Good morning {name}", goal]
    if letter.called:
        parts.append("You are called to these: they have been past their date for weeks, and many read them.")
        parts += [f"{title}\n{site}/review?answer={answer_id}" for answer_id, title in letter.called]
    if letter.worth:
        parts.append("Worth most today:")
        parts += [f"{title}\n{site}/review?answer={answer_id}" for answer_id, title in letter.worth]
    parts.append(f"All of them, and how many you mean to check a day: {site}/review")
    parts.append(f"At most one such mail a day, fewer when you do not come. None at all: {site}/settings\n")
    return "\n\n".join(parts)


def _mail_id(user_id: int, now: datetime) -> str:
    """The same all day, so that a digest is one mail however often it is handed over."""
    return hashlib.sha256(f"digest:{user_id}:{day_start(now):%Y-%m-%d}".encode()).hexdigest()[:32]
