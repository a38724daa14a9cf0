"""Keeps the words of titles in step with the questions. The worker calls this."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, delete, exists, select
from sqlalchemy.orm import Session

from app.db import db, insert_into, transaction
from app.outbox import Payload
from app.pages import SEARCH, touch
from community.models import Question
from search.documents import batches
from search.site import current_language
from search.suggest.models import TitleWord
from search.suggest.words import of_title

BATCH = 200
SLICE = 3_000
"""So many titles the schedule reads at once, after an import or an upgrade: about three seconds."""

_ids: BindParameter[int] = bindparam("ids", expanding=True)
_TITLES = select(Question.id, Question.title).where(Question.id.in_(_ids), Question.removed_at.is_(None))
_THERE = select(TitleWord.question_id, TitleWord.word).where(TitleWord.question_id.in_(_ids))
_MISSING = (
    select(Question.id)
    .where(Question.removed_at.is_(None), ~exists().where(TitleWord.question_id == Question.id))
    .order_by(Question.id.desc())
    .limit(SLICE)
)


def titles_changed(payloads: Sequence[Payload]) -> None:
    """Handler of `question.changed`: bring the words of these titles up to date; those of removed questions are gone."""
    keep({payload["question_id"] for payload in payloads})


def catch_up(_now: datetime) -> None:
    """For the schedule: titles without words, the newest first. Quick where there are none."""
    missing = list(db.session.scalars(_MISSING))
    db.session.rollback()
    keep(missing)


def keep(question_ids: Collection[int]) -> None:
    """Make the words of these titles what they are now. Doing it twice is doing it once."""
    for ids in batches(question_ids, BATCH):
        if any(_difference(db.session(), ids)):
            with transaction() as session:
                _write(session, ids)
        db.session.rollback()


def _difference(session: Session, ids: Sequence[int]) -> tuple[set[tuple[int, bytes]], set[tuple[int, bytes]]]:
    """What has to come and what has to go."""
    rows = {"ids": list(ids)}
    language = current_language()
    wanted = {
        (row.id, word.encode("utf-8", "replace"))
        for row in session.execute(_TITLES, rows)
        for word in of_title(row.title, language)
    }
    there = {(row.question_id, bytes(row.word)) for row in session.execute(_THERE, rows)}
    return wanted - there, there - wanted


def _write(session: Session, ids: Sequence[int]) -> None:
    new, old = _difference(session, ids)
    if old:
        going = delete(TitleWord).where(TitleWord.question_id == bindparam("at"), TitleWord.word == bindparam("was"))
        session.connection().execute(going, [{"at": number, "was": word} for number, word in sorted(old)])
    if new:
        put = insert_into(session, TitleWord).on_conflict_do_nothing()
        session.connection().execute(put, [{"question_id": number, "word": word} for number, word in sorted(new)])
    touch(session, SEARCH)
