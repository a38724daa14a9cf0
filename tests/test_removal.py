"""Removing a post and giving it back: soft, audited, and the reputation goes and returns with it, exactly."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.errors import Forbidden, NotFound
from community import acceptance, comments, votes
from community.freshness.verification import verify
from community.models import AuditRecord, Tag
from community.moderation import removal
from community.queries.addresses import question_url
from tests.at_once import at_once
from tests.people import People
from tests.stories import (
    accepted,
    answer,
    answered,
    ask,
    browser,
    entries,
    person_here,
    reload_answer,
    reload_question,
    reputation,
    told,
)

URL = "/questions/1/my-router-drops-the-wi-fi-every-evening"


def acts(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)))


def totals(session: Session, people: People) -> dict[str, int]:
    return {who.name: reputation(session, who) for who in people.everybody()}


# --- questions ----------------------------------------------------------------------------------------------------------


def test_a_removed_question_is_gone_for_all_but_moderators(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id, _ = answered(people, now)
    mo = browser(app, people.mo)
    assert mo.post(f"/questions/{question_id}/removal", data={"reason": "Advertising"}).location == f"/questions/{question_id}"
    question = reload_question(session, question_id)
    assert (question.removed_at, question.removed_by_id, question.removed_reason) == (now, people.mo.id, "Advertising")
    for visitor in (client, browser(app, people.marta), browser(app, people.ana)):
        assert visitor.get(URL).status_code == 410
        assert visitor.get(f"/questions/{question_id}/revisions").status_code == 410
        assert visitor.get("/answers/1").status_code == 410
    page = mo.get(URL)
    assert page.status_code == 200
    assert "Advertising" in page.text
    assert "Restore" in page.text
    assert session.execute(select(Tag.question_count).where(Tag.name == "broadband")).scalar_one() == 0
    assert told(session, "post.removed") == [{"user_id": people.marta.id, "by_id": people.mo.id, "question_id": question_id}]
    assert mo.post(f"/questions/{question_id}/removal?_method=DELETE").status_code == 303
    assert client.get(URL).status_code == 200
    assert session.execute(select(Tag.question_count).where(Tag.name == "broadband")).scalar_one() == 1
    assert acts(session) == ["question.removed", "question.restored"]


def test_nothing_can_be_done_under_a_removed_question(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    removal.remove_question(question_id, reason="Advertising", by=people.mo, now=now)
    ana, mo = browser(app, people.ana), browser(app, people.mo)
    for url, data in (
        (f"/questions/{question_id}/vote", {"value": "1"}),
        (f"/questions/{question_id}/me-too", {}),
        (f"/questions/{question_id}/follow", {}),
        (f"/questions/{question_id}/closure", {"reason": "unclear"}),
        (f"/answers/{answer_id}/vote", {"value": "1"}),
        (f"/answers/{answer_id}/signals", {"kind": "works"}),
        (f"/answers/{answer_id}/verifications", {"outcome": "right"}),
    ):
        assert ana.post(url, data=data).status_code == 410, url
    page = mo.get(URL).text
    assert "/vote" not in page
    assert 'id="answer"' not in page


def test_an_asker_removes_what_nobody_has_answered(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    marta = browser(app, people.marta)
    lonely, own = ask(people.marta, now), ask(people.marta, now)
    answer(own, people.marta, now)
    shared, _ = answered(people, now)
    for question_id in (lonely, own):
        assert marta.post(f"/questions/{question_id}/removal", data={"reason": ""}).location == "/"
        assert reload_question(session, question_id).removed_reason == "removed by its author"
    assert marta.post(f"/questions/{shared}/removal").status_code == 403
    removal.remove_answer(2, by=people.jonas, now=now)
    assert marta.post(f"/questions/{shared}/removal").status_code == 303, "nobody else's answer is left"


def test_a_moderator_has_to_say_why(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    mo = browser(app, people.mo)
    for url in (f"/questions/{question_id}/removal", f"/answers/{answer_id}/removal"):
        page = mo.post(url, data={"reason": " "})
        assert page.status_code == 422
        assert "The reason is missing." in page.text
    assert acts(session) == []


# --- answers ------------------------------------------------------------------------------------------------------------


def test_a_removed_answer_is_shown_to_moderators_only(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id, answer_id = answered(people, now)
    assert browser(app, people.jonas).post(f"/answers/{answer_id}/removal").location == f"{URL}#answer-{answer_id}"
    question = reload_question(session, question_id)
    assert (question.answer_count, question.lead_answer_id, question.current_until) == (0, None, None)
    for visitor in (client, browser(app, people.jonas)):
        assert f'id="answer-{answer_id}"' not in visitor.get(URL).text
    mo = browser(app, people.mo)
    assert f'id="answer-{answer_id}"' in mo.get(URL).text
    assert mo.delete(f"/answers/{answer_id}/removal").status_code == 303
    assert f'id="answer-{answer_id}"' in client.get(URL).text
    assert reload_question(session, question_id).lead_answer_id == answer_id
    with pytest.raises(NotFound):
        removal.restore_answer(answer_id, by=people.mo, now=now)


def test_who_may_remove_and_restore(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, answer_id = accepted(people, now)
    data = {"reason": "I do not like it"}
    for visitor, status in (
        (client, 401),
        (browser(app, people.marta), 403),
        (browser(app, people.ana), 403),
        (browser(app, people.jonas), 403),
    ):
        assert visitor.post(f"/answers/{answer_id}/removal", data=data).status_code == status
        assert visitor.post(f"/questions/{question_id}/removal", data=data).status_code == status
    assert reload_answer(session, answer_id).removed_at is None
    with pytest.raises(Forbidden, match="It is accepted, so others rely on it"):
        removal.remove_answer(answer_id, by=people.jonas, now=now)
    removal.remove_answer(answer_id, reason="Wrong place", by=people.mo, now=now)
    assert browser(app, people.jonas).delete(f"/answers/{answer_id}/removal").status_code == 403
    assert client.put(f"/answers/{answer_id}/removal").status_code == 405


# --- reputation ---------------------------------------------------------------------------------------------------------


def test_reputation_goes_and_returns_exactly(people: People, session: Session, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    votes.cast(1, question_id=question_id, by=people.jonas, now=now)
    votes.cast(-1, question_id=question_id, by=people.ana, now=now)
    votes.cast(1, answer_id=answer_id, by=people.marta, now=now)
    votes.cast(-1, answer_id=answer_id, by=people.mo, now=now)
    votes.withdraw(answer_id=answer_id, by=people.mo, now=now)
    votes.cast(-1, answer_id=answer_id, by=people.mo, now=now)
    acceptance.accept(answer_id, by=people.marta, now=now)
    verify(answer_id, "right", by=people.ana, now=now)
    before = totals(session, people)
    assert before == {"Marta": 1 + 5 - 2 + 2, "Jonas": 1 + 10 - 2 + 15 + 5, "Ana": 2, "Mo": 0, "Ada": 1}
    for _ in range(3):
        removal.remove_answer(answer_id, reason="Wrong place", by=people.ada, now=now)
        assert totals(session, people) == {"Marta": 1 + 5 - 2, "Jonas": 1, "Ana": 1, "Mo": 1, "Ada": 1}
        removal.remove_answer(answer_id, reason="Twice", by=people.ada, now=now)
        removal.restore_answer(answer_id, by=people.ada, now=now)
        assert totals(session, people) == before
    removal.remove_question(question_id, reason="Advertising", by=people.ada, now=now)
    assert totals(session, people) == before | {"Marta": 1 + 2}, "the question's own votes; its answers stand by themselves"
    removal.restore_question(question_id, by=people.ada, now=now)
    assert totals(session, people) == before
    for who in people.everybody():
        assert 1 + sum(points for _, points in entries(session, who)) == before[who.name]


def test_an_acceptance_that_moved_on_does_not_come_back_with_its_answer(people: People, session: Session, now: datetime) -> None:
    question_id, first = accepted(people, now)
    second = answer(question_id, people.ana, now)
    removal.remove_answer(first, reason="Wrong place", by=people.mo, now=now)
    acceptance.accept(second, instead_of=first, by=people.marta, now=now)
    before = totals(session, people)
    assert before == {"Marta": 3, "Jonas": 1, "Ana": 16, "Mo": 1, "Ada": 1}
    removal.restore_answer(first, by=people.mo, now=now)
    assert totals(session, people) == before
    acceptance.withdraw(second, by=people.marta, now=now)
    assert totals(session, people) == dict.fromkeys(before, 1)


def test_ten_remove_and_ten_restore_at_once(app: Flask, people: People, session: Session, now: datetime) -> None:
    _, answer_id = accepted(people, now)
    mo_id, before = people.mo.id, totals(session, people)
    session.rollback()

    def act(number: int) -> None:
        by: User = person_here(mo_id)
        if number % 2:
            removal.restore_answer(answer_id, by=by, now=now)
        else:
            removal.remove_answer(answer_id, reason="Wrong place", by=by, now=now)

    results = at_once(app, 20, act)
    assert [result for result in results if not (result is None or isinstance(result, NotFound))] == []
    if reload_answer(session, answer_id).removed_at is not None:
        removal.restore_answer(answer_id, by=people.mo, now=now)
    assert totals(session, people) == before


def test_no_refusal_tells_the_title_of_a_removed_question(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id, answer_id = answered(people, now)
    comment_id = comments.add(body="My own words", question_id=question_id, by=people.jonas, now=now)
    title = reload_question(session, question_id).title
    removal.remove_question(question_id, reason="Private data", by=people.mo, now=now)
    words = question_url(question_id, title).rpartition("/")[2]
    jonas = browser(app, people.jonas)
    tries = (
        ("POST", f"/questions/{question_id}/comments"),
        ("POST", f"/answers/{answer_id}/comments"),
        ("POST", f"/comments/{comment_id}"),
        ("GET", f"/comments/{comment_id}/edit"),
        ("DELETE", f"/comments/{comment_id}"),
    )
    for who in (client, jonas):
        for method, address in tries:
            page = who.open(address, method=method, data={"body": "Some words"})
            assert words not in page.text
            assert title not in page.text
            assert words not in (page.location or "")
    assert browser(app, people.mo).get(f"/questions/{question_id}", follow_redirects=True).status_code == 200
