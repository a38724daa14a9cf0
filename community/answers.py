"""Answering: the verbs of an answer's text. Its life is in `community.freshness`, its acceptance in `community.acceptance`."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.outbox import emit
from community import interest, lead, mentions, policy, questions, reach, texts
from community.freshness import approval, evidence
from community.models import Answer, Question


def post(question_id: int, *, body: str, official: bool = False, by: User, now: datetime) -> int:
    """Answer a question; returns the answer's id. It is fresh from now on, and its author follows the question.

    Refuses a closed question, more posts an hour than the limit, an official answer from somebody who is not staff, and raises
    Invalid for a text that cannot be taken.
    """
    with transaction() as session:
        question = reach.question(session, question_id)
        policy.require(by, "answer", reach.subject_of(question, question), now)
        if official:
            policy.require(by, "official", None, now)
        questions.refuse_flood(session, by, now)
        text = texts.body(session, body)
        answer = Answer(question_id=question_id, author_id=by.id, official=official, created_at=now, revision_count=1)
        texts.apply(answer, text)
        evidence.begin(session, answer, question, now)
        texts.keep_revision(session, answer, by, "", (), now)
        question.activity_at = max(question.activity_at, now)
        lead.refresh(session, question, now)
        interest.start_following(session, question, by.id, now)
        emit(session, "answer.posted", now, answer_id=answer.id)
        mentions.tell(session, text, by, now, question_id=question.id, answer_id=answer.id)
        reach.changed(session, question, now)
        return answer.id


def edit(answer_id: int, *, body: str, summary: str = "", revision: int | None = None, by: User, now: datetime) -> bool:
    """Change an answer's text; every version is kept. Returns False when nothing is different.

    An edit never moves the best-before date: a verification does. A substantial one of an answer that is past its date puts it
    before a verifier. `revision` is the number of the version the editor saw; raises
    Invalid when somebody has edited since.
    """
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        policy.require(by, "edit", reach.subject_of(answer, question), now)
        questions.refuse_stale(answer, revision)
        return change(session, answer, question, body=body, summary=summary, by=by, now=now)


def change(session: Session, answer: Answer, question: Question, *, body: str, summary: str, by: User, now: datetime) -> bool:
    """Inside a verb: put a text into the answer as its next version, which `by` wrote. False when it is the same text.

    Raises Invalid for a text that cannot be taken. Whether `by` may is not asked here.
    """
    text = texts.body(session, body)
    clean_summary = texts.line(summary, "summary", "The summary", texts.LONGEST_TITLE)
    before = approval.source_of(answer)
    if not rewrite(answer, text, by, now):
        return False
    approval.note(answer, before, now)
    texts.keep_revision(session, answer, by, clean_summary, (), now)
    question.activity_at = max(question.activity_at, now)
    emit(session, "answer.edited", now, answer_id=answer.id, by_id=by.id)
    mentions.tell(session, text, by, now, question_id=question.id, answer_id=answer.id)
    reach.changed(session, question, now)
    return True


def rewrite(answer: Answer, text: texts.Text, by: User, now: datetime) -> bool:
    """Inside a verb: put a new text into the answer as its next revision. False when it is the same text."""
    if (answer.body_source, answer.body_format) == (text.source, "markdown"):
        return False
    texts.apply(answer, text)
    answer.edited_at, answer.edited_by_id = now, by.id
    answer.revision_count += 1
    return True
