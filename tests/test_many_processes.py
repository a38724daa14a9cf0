"""One acceptance, one vote, one check, one account of a name, though five processes of one SQLite file go for it at once.

Threads of one process, on both databases, stand in each act's own file.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.config import Settings
from community.models import Acceptance, Verification, Vote
from reputation import audit
from tests.accounts import STRONG, on_sqlite
from tests.many_processes import PROCESSES, THREADS, processes
from tests.people import People, person
from tests.stories import answer, ask, entries, reload_answer, reload_question, told

EVERYBODY = PROCESSES * THREADS


@on_sqlite
def test_processes_that_go_for_one_thing_make_it_once(
    settings: Settings, session: Session, people: People, now: datetime
) -> None:
    question_id = ask(people.marta, now)
    answers = [answer(question_id, people.jonas, now) for _ in range(8)]
    checkers = [person(f"Checker {number}", now, role=Role.STAFF) for number in range(EVERYBODY)]
    session.add_all(checkers)
    session.commit()
    marta, verifiers = people.marta.id, [checker.id for checker in checkers]
    session.rollback()
    with processes(settings) as act:
        accepted = act("accept", now, answers=answers, by=marta)
        winner = reload_question(session, question_id).accepted_answer_id
        assert winner in answers
        assert Counter(accepted) == {"": EVERYBODY // len(answers), "Conflict": EVERYBODY - EVERYBODY // len(answers)}
        assert session.scalars(select(Acceptance.answer_id)).all() == [winner]
        assert entries(session, people.jonas) == [("answer_accepted", 15)]
        assert entries(session, people.marta) == [("accepting", 2)]
        assert [message["answer_id"] for message in told(session, "answer.accepted")] == [winner]

        assert act("vote", now, answer=winner, by=marta) == [""] * EVERYBODY
        session.rollback()
        assert session.scalars(select(Vote.value)).all() == [1]
        assert reload_answer(session, winner).score == 1

        checked = act("check", now, answer=winner, verifiers=verifiers)
        assert Counter(checked) == {"": 1, "Conflict": EVERYBODY - 1}
        session.rollback()
        assert len(session.scalars(select(Verification.id)).all()) == 1
        assert len(told(session, "answer.verified")) == 1
        assert entries(session, people.jonas) == [("answer_accepted", 15), ("answer_upvoted", 10), ("kept_current", 5)]

        signed_up = act("sign_up", now, name="Lena", password=STRONG)
        assert Counter(signed_up) == {"": 1, "Invalid": EVERYBODY - 1}
        session.rollback()
        assert session.scalars(select(User.name).where(User.name_key == "lena")).all() == ["Lena"]
    assert audit.audit(session).clean
