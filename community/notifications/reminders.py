"""One reminder to askers whose question was answered and who have not said whether it solved their problem."""

import hashlib
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select, update

from app import mail
from app.accounts.models import User
from app.db import db, transaction
from community.models import Question
from community.policy import QUIET_BEFORE_ACCEPTING_FOR_ASKER
from community.queries.addresses import question_url

AT_MOST = 200
"""How many reminders one run sends."""
TOO_LATE = timedelta(days=60)
"""After so much more quiet nobody is reminded."""


def remind_askers(now: datetime) -> int:
    """Send the reminders that are due, one per question; returns how many. Their link opens the page and changes nothing."""
    quiet_since = now - QUIET_BEFORE_ACCEPTING_FOR_ASKER
    ids = db.session.scalars(
        select(Question.id)
        .join(User, User.id == Question.author_id)
        .where(
            Question.activity_at <= quiet_since,
            Question.activity_at > quiet_since - TOO_LATE,
            Question.answer_count > 0,
            Question.accepted_answer_id.is_(None),
            Question.reminded_at.is_(None),
            Question.removed_at.is_(None),
            Question.closed_at.is_(None),
            User.email_confirmed_at.is_not(None),
            User.mail_notices,
        )
        .limit(AT_MOST)
    ).all()
    db.session.rollback()
    return sum(_remind(question_id, now) for question_id in ids)


def _remind(question_id: int, now: datetime) -> bool:
    with transaction() as session:
        mine = session.execute(
            update(Question)
            .where(Question.id == question_id, Question.reminded_at.is_(None), Question.accepted_answer_id.is_(None))
            .values(reminded_at=now)
            .returning(Question.title, Question.author_id, Question.answer_count)
        ).first()
        if mine is None:
            return False
        title, author_id, answers = mine
        email = session.execute(select(User.email).where(User.id == author_id)).scalar()
        if email is None:
            return False
        settings = current_app.config["SETTINGS"]
        text = (
            f"You asked: {title}\n\n"
            f"{'An answer has' if answers == 1 else f'{answers} answers have'} been given. Did one of them solve it? "
            "Then accept it, so that others find it, too. If not, say what is still missing.\n\n"
            f"{settings.site_url}{question_url(question_id, title)}\n\n"
            f"This is the only reminder for this question. No more of them at all: {settings.site_url}/settings\n"
        )
        mail.send(session, email, "Did this solve it?", text, now, mail_id=_mail_id(question_id))
        return True


def _mail_id(question_id: int) -> str:
    """The same for the same question, so that a reminder is one mail however often it is handed over."""
    return hashlib.sha256(f"reminder:{question_id}".encode()).hexdigest()[:32]
