"""An archive of old answers comes in at once: nobody meets a wall, and nothing of it is gone the next morning."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.importers.stackexchange.dates import SPREAD_DAYS, life
from community import tags
from community.freshness import learning, night, sweep
from community.models import Answer, AnswerBelief, Question, Tag
from tests.accounts import on_sqlite
from tests.people import People

DAY = timedelta(days=1)
MANY = 3000
"""`python -m benchmarks.nights` does it with a million."""


def _archive(session: Session, people: People, now: datetime) -> None:
    """Answers of up to ten years, as the importer writes them: in bulk, with dates and without beliefs."""
    text = {"body_source": "x", "body_html": "<p>x</p>", "renderer_version": 1}
    rules = tags.Policy()
    asked, answered = [], []
    for number in range(1, MANY + 1):
        written = now - (number * 3650 // MANY) * DAY
        found = life("old.example", number, written, None, rules, SPREAD_DAYS, now)
        asked.append(
            text
            | {
                "id": number,
                "title": f"Question {number}",
                "author_id": people.marta.id,
                "created_at": written,
                "activity_at": written,
            }
            | {"interval_days": rules.interval_days, "grace_days": rules.grace_days, "views": number, "related": []}
        )
        answered.append(
            text
            | {"id": number, "question_id": number, "author_id": people.jonas.id, "created_at": written, "state": found.state}
            | {
                "fresh_from": found.fresh_from,
                "best_before_at": found.deadlines.best_before,
                "expires_at": found.deadlines.expires,
            }
        )
    session.execute(insert(Question), asked)
    session.execute(insert(Answer), answered)
    session.commit()


def _states(session: Session) -> dict[str, int]:
    session.rollback()
    return {row[0]: row[1] for row in session.execute(select(Answer.state, func.count()).group_by(Answer.state))}


@on_sqlite
def test_an_archive_of_ten_years(people: People, session: Session, now: datetime) -> None:
    session.add(Tag(name="old", created_at=now))
    _archive(session, people, now)
    assert night.adopt_all(now) == MANY
    before = _states(session)
    assert before["due"] > 0.9 * MANY, "silence counts, so what is old is past its date"
    assert "expired" not in before

    learning.learn(now)
    night.run(now)
    sweep.sweep(now)
    assert _states(session).get("expired", 0) <= 1, "nothing of it is gone the next morning"
    leaving = Counter(
        (expires - now).days for expires in session.scalars(select(Answer.expires_at)) if expires < now + SPREAD_DAYS * DAY
    )
    assert max(leaving.values()) < 2.5 * sum(leaving.values()) / SPREAD_DAYS, "nor on any one day"

    for days in (1, 30):
        night.run(now + days * DAY)
        sweep.sweep(now + days * DAY)
    gone = _states(session)["expired"]
    assert 0.1 * MANY < gone < 0.45 * MANY, "a month later a part has expired, in turn"
    youngest = session.scalars(select(func.max(Answer.created_at)).where(Answer.state == "expired")).one()
    assert youngest < now - 365 * DAY, "of the oldest"
    scores = session.execute(select(func.min(AnswerBelief.score), func.max(AnswerBelief.score))).one()
    assert 0 < scores[0] < scores[1], "and the queue knows which to look at first"
