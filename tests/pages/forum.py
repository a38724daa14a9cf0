"""A forum with a question of every kind, and forums of any size."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.importers import bulk
from app.importers.bulk import Values
from community.freshness import archive
from community.models import Answer, Question
from community.moderation import closing, removal
from tests.people import People
from tests.stories import answer, ask

DAY = timedelta(days=1)
KINDS = ("unanswered", "fresh", "due", "expired", "archived", "closed", "removed")


def title(kind: str) -> str:
    return f"A question that is {kind}"


def one_of_each(people: People, now: datetime) -> dict[str, int]:
    """A question of each kind of KINDS, asked one after the other; the numbers by kind. The answers are current for 90 days, then
    shown for 365."""
    ages = {"unanswered": 1, "fresh": 10, "due": 100, "expired": 500, "archived": 20, "closed": 3, "removed": 2}
    made = {}
    for kind in sorted(KINDS, key=lambda kind: -ages[kind]):
        asked = now - ages[kind] * DAY
        made[kind] = ask(people.marta, asked, title=title(kind))
        if kind in ("fresh", "due", "expired", "archived"):
            answer_id = answer(made[kind], people.jonas, asked + timedelta(hours=1))
            if kind == "archived":
                archive.archive(answer_id, reason="it has had its time", by=people.mo, now=asked + DAY)
    closing.close(made["closed"], reason="unclear", by=people.mo, now=now - DAY)
    removal.remove_question(made["removed"], reason="not for here", by=people.mo, now=now - DAY)
    return made


def many(session: Session, people: People, now: datetime, count: int, **columns: Any) -> Sequence[int]:  # noqa: ANN401 - columns
    """So many questions, three of them in each minute with the same moment, some with an answer in each state; written at once,
    past the verbs. Their numbers, the oldest first."""
    questions: list[Values] = []
    answers: list[Values] = []
    numbers = bulk.reserve(session, Question, count)
    for place, number in enumerate(numbers, 1):
        asked = now - timedelta(minutes=(count - place) // 3)
        age = (None, 0, 100, 500)[place % 4]
        best_before = expires = None
        state = ""
        if age is not None:
            best_before, expires = asked + (90 - age) * DAY, asked + (455 - age) * DAY
            state = "fresh" if best_before > now else "due" if expires > now else "expired"
            answers.append(_answer(number, people, asked - age * DAY, best_before, expires, state))
        questions.append(
            {
                **_text(people.marta.id, asked),
                "id": number,
                "title": f"Question number {place}",
                "activity_at": asked,
                "views": place % 10,
                "answer_count": 0 if age is None else 1,
                "interval_days": 90,
                "grace_days": 365,
                "related": [],
                "lead_fresh_from": None if age is None else asked - age * DAY,
                "lead_best_before_at": best_before,
                "lead_expires_at": expires,
                "lead_state": state,
                "current_until": expires,
                **columns,
            }
        )
    bulk.write(session, Question, questions)
    for answer_id, written in zip(bulk.reserve(session, Answer, len(answers)), answers, strict=True):
        written["id"] = answer_id
    bulk.write(session, Answer, answers)
    leads = select(Answer.id).where(Answer.question_id == Question.id).scalar_subquery()
    session.execute(update(Question).where(Question.answer_count == 1).values(lead_answer_id=leads))
    session.commit()
    return list(numbers)


def _answer(question_id: int, people: People, posted: datetime, best_before: datetime, expires: datetime, state: str) -> Values:
    return {
        **_text(people.jonas.id, posted),
        "question_id": question_id,
        "state": state,
        "fresh_from": posted,
        "best_before_at": best_before,
        "expires_at": expires,
    }


def _text(author_id: int, at: datetime) -> Values:
    body = {"body_source": "x", "body_format": "markdown", "body_html": "<p>x</p>", "renderer_version": 1}
    return {**body, "author_id": author_id, "created_at": at, "imported_score": 0}
