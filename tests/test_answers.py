"""Answering, and editing an answer."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Forbidden, Gone, Invalid, NotFound, TooMany
from community import answers
from community.freshness import verification
from community.models import Answer, Follow, Revision
from community.moderation import closing, removal
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import People, make_expert
from tests.stories import (
    ANSWER,
    GRACE,
    INTERVAL,
    accepted,
    answer,
    answered,
    ask,
    browser,
    life,
    make_tag,
    person_here,
    reload_answer,
    reload_question,
    told,
)


def revisions(session: Session, answer_id: int) -> list[tuple[int, str, str]]:
    session.rollback()
    rows = select(Revision).where(Revision.answer_id == answer_id).order_by(Revision.number)
    return [(row.number, row.body_source, row.summary) for row in session.scalars(rows)]


# --- answering ----------------------------------------------------------------------------------------------------------


def test_jonas_answers(app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    question_id, now = ask(people.marta, clock.now), clock.forward(hours=1)
    jonas = browser(app, people.jonas)
    posted = jonas.post(f"/questions/{question_id}/answers", data={"body": ANSWER})
    url = "/questions/1/my-router-drops-the-wi-fi-every-evening"
    assert (posted.status_code, posted.location) == (303, f"{url}#answer-1")
    found = reload_answer(session, 1)
    assert (found.author_id, found.body_source, found.official) == (people.jonas.id, ANSWER, False)
    assert (found.state, found.fresh_from) == ("fresh", now)
    assert (found.best_before_at, found.expires_at) == (now + INTERVAL, now + INTERVAL + GRACE)
    assert life(session, 1) == [(None, "posted", "fresh", people.jonas.id)]
    question = reload_question(session, question_id)
    assert (question.answer_count, question.lead_answer_id, question.activity_at) == (1, 1, now)
    assert question.current_until == now + INTERVAL + GRACE
    assert session.get(Follow, (question_id, people.jonas.id)) is not None, "who answers follows"
    assert told(session, "answer.posted") == [{"answer_id": 1}]
    page = jonas.get(url)
    assert 'id="answer-1"' in page.text
    assert "Good until" in page.text
    assert "19 Feb 2027" in page.text


@on_sqlite
def test_the_tags_say_how_long_it_is_current(people: People, session: Session, now: datetime) -> None:
    make_tag(session, "tariffs", now, interval_days=14, grace_days=0)
    answer_id = answer(ask(people.marta, now, tags_text="tariffs"), people.jonas, now)
    found = reload_answer(session, answer_id)
    assert found.best_before_at == found.expires_at == now + timedelta(days=14)


def test_an_address_of_an_answer_leads_to_its_place(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    led = client.get(f"/answers/{answer_id}")
    assert (led.status_code, led.location) == (
        302,
        f"/questions/{question_id}/my-router-drops-the-wi-fi-every-evening#answer-{answer_id}",
    )
    assert client.get("/answers/99").status_code == 404
    assert client.get("/answers/99999999999999999999").status_code == 404
    removal.remove_answer(answer_id, by=people.jonas, now=now)
    assert client.get(f"/answers/{answer_id}").status_code == 410
    assert browser(app, people.mo).get(f"/answers/{answer_id}").status_code == 302


def test_staff_answer_for_the_company(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    ana = browser(app, people.ana)
    assert 'name="official"' in ana.get("/questions/1/my-router-drops-the-wi-fi-every-evening").text
    assert ana.post(f"/questions/{question_id}/answers", data={"body": ANSWER, "official": "1"}).status_code == 303
    assert reload_answer(session, 1).official
    page = client.get("/questions/1/my-router-drops-the-wi-fi-every-evening").text
    assert "Official" in page
    assert 'name="official"' not in page
    with pytest.raises(Forbidden, match="Only staff"):
        answer(question_id, people.jonas, now, official=True)


def test_the_text_is_kept_when_it_cannot_be_taken(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id = ask(people.marta, now)
    jonas = browser(app, people.jonas)
    page = jonas.post(f"/questions/{question_id}/answers", data={"body": "<Reboot>"})
    assert page.status_code == 422
    assert "&lt;Reboot&gt;</textarea>" in page.text
    assert "Please write at least 10 characters." in page.text
    assert 'href="#f-body"' in page.text
    assert session.execute(select(func.count()).select_from(Answer)).scalar_one() == 0


def test_who_may_not_answer_keeps_the_text(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id = ask(people.marta, now)
    signed_out = client.post(f"/questions/{question_id}/answers", data={"body": ANSWER})
    assert signed_out.status_code == 401
    assert ANSWER in signed_out.text
    jonas = browser(app, people.jonas)
    closing.close(question_id, reason="unclear", by=people.ana, now=now)
    closed = jonas.post(f"/questions/{question_id}/answers", data={"body": ANSWER})
    assert closed.status_code == 403
    assert "This question is closed, so it takes no more answers." in closed.text
    assert ANSWER in closed.text
    removal.remove_question(question_id, by=people.marta, now=now)
    removed = jonas.post(f"/questions/{question_id}/answers", data={"body": ANSWER})
    assert removed.status_code == 410
    assert ANSWER in removed.text
    assert session.execute(select(func.count()).select_from(Answer)).scalar_one() == 0
    assert jonas.post("/questions/99/answers", data={"body": ANSWER}).status_code == 404


def test_an_answer_can_be_looked_at_first(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id = ask(people.marta, now)
    data = {"body": "Use **11**", "preview": "1"}
    page = browser(app, people.jonas).post(f"/questions/{question_id}/answers", data=data)
    assert page.status_code == 200
    assert "<strong>11</strong>" in page.text
    assert "Use **11**</textarea>" in page.text
    assert session.execute(select(func.count()).select_from(Answer)).scalar_one() == 0


@on_sqlite
def test_answers_count_to_the_hours_limit(app: Flask, people: People, now: datetime) -> None:
    question_id = ask(people.marta, now)
    for _ in range(app.config["SETTINGS"].posts_per_hour):
        answer(question_id, people.jonas, now)
    with pytest.raises(TooMany):
        answer(question_id, people.jonas, now)


def test_twenty_answers_at_once_are_twenty(app: Flask, people: People, session: Session, now: datetime) -> None:
    question_id, jonas_id = ask(people.marta, now), people.jonas.id
    session.rollback()
    results = at_once(app, 20, lambda _: answer(question_id, person_here(jonas_id), now))
    assert sorted(result for result in results if isinstance(result, int)) == list(range(1, 21)), results
    question = reload_question(session, question_id)
    assert (question.answer_count, question.lead_answer_id, question.follower_count) == (20, 1, 2)


# --- editing ------------------------------------------------------------------------------------------------------------

BETTER = "Set the channel to 11 by hand; since firmware 4.3 the automatic choice works again."


def test_an_edit_keeps_every_version_and_moves_no_date(
    app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    _, answer_id = answered(people, clock.now)
    before = reload_answer(session, answer_id).best_before_at
    later = clock.forward(days=3)
    jonas = browser(app, people.jonas)
    page = jonas.get(f"/answers/{answer_id}/edit").text
    assert ANSWER in page
    assert 'name="revision" value="1"' in page
    data = {"body": BETTER, "summary": "4.3 is out", "revision": "1"}
    saved = jonas.post(f"/answers/{answer_id}/revisions", data=data)
    assert (saved.status_code, saved.location.partition("#")[2]) == (303, f"answer-{answer_id}")
    found = reload_answer(session, answer_id)
    assert (found.edited_at, found.edited_by_id, found.best_before_at) == (later, people.jonas.id, before)
    assert revisions(session, answer_id) == [(1, ANSWER, ""), (2, BETTER, "4.3 is out")]
    assert told(session, "answer.edited") == [{"answer_id": answer_id, "by_id": people.jonas.id}]
    assert "edited" in client.get(saved.location).text


def test_nothing_different_is_no_revision(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    assert answers.edit(answer_id, body=f"\n{ANSWER}  \r\n", by=people.jonas, now=now) is False
    assert len(revisions(session, answer_id)) == 1
    assert told(session, "answer.edited") == []


def test_who_may_edit_an_answer(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    data = {"body": BETTER, "revision": "1"}
    for visitor, status in ((client, 401), (browser(app, people.marta), 403)):
        page = visitor.post(f"/answers/{answer_id}/revisions", data=data)
        assert page.status_code == status
        assert BETTER in page.text, "what was typed is not lost"
    assert browser(app, people.marta).get(f"/answers/{answer_id}/edit").status_code == 403
    assert len(revisions(session, answer_id)) == 1
    for editor in (people.ana, people.mo):
        assert browser(app, editor).get(f"/answers/{answer_id}/edit").status_code == 200


def test_who_saved_first_is_not_overwritten(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    answers.edit(answer_id, body=BETTER, by=people.ana, now=now)
    page = browser(app, people.jonas).post(f"/answers/{answer_id}/revisions", data={"body": "My own words", "revision": "1"})
    assert page.status_code == 422
    for shown in ("Somebody has edited this since", "My own words</textarea>", BETTER, 'name="revision" value="2"'):
        assert shown in page.text


def test_an_edit_can_be_looked_at_first(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    data = {"body": "Use **11**", "revision": "1", "preview": "1"}
    page = browser(app, people.jonas).post(f"/answers/{answer_id}/revisions", data=data)
    assert page.status_code == 200
    assert "<strong>11</strong>" in page.text
    assert len(revisions(session, answer_id)) == 1


def test_removed_answers_take_no_edits(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    removal.remove_answer(answer_id, by=people.jonas, now=now)
    with pytest.raises(Gone):
        answers.edit(answer_id, body=BETTER, by=people.jonas, now=now)
    page = browser(app, people.jonas).post(f"/answers/{answer_id}/revisions", data={"body": BETTER})
    assert page.status_code == 410
    assert BETTER in page.text
    with pytest.raises(NotFound):
        answers.edit(99, body=BETTER, by=people.jonas, now=now)


def test_an_edit_of_an_accepted_answer_leaves_it_accepted(people: People, session: Session, now: datetime) -> None:
    question_id, answer_id = accepted(people, now)
    answers.edit(answer_id, body=BETTER, by=people.jonas, now=now)
    assert reload_question(session, question_id).accepted_answer_id == answer_id


def test_of_ten_edits_of_one_version_one_is_saved(app: Flask, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    jonas_id = people.jonas.id
    session.rollback()

    def act(number: int) -> bool:
        return answers.edit(answer_id, body=f"What window {number} says.", revision=1, by=person_here(jonas_id), now=now)

    results = at_once(app, 10, act)
    assert results.count(True) == 1
    assert sum(isinstance(result, Invalid) for result in results) == 9
    assert len(revisions(session, answer_id)) == 2


def test_acts_on_an_answer_are_no_pages(client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    for act in ("acceptance", "vote", "signals", "verifications", "archive", "removal", "comments"):
        assert client.get(f"/answers/{answer_id}/{act}").status_code == 405, act


def test_only_staff_change_an_official_answer(people: People, session: Session, now: datetime) -> None:
    answer_id = answer(ask(people.marta, now), people.ana, now, official=True)
    people.jonas.reputation = 5000
    session.commit()
    with pytest.raises(Forbidden, match="The company stands behind this answer"):
        answers.edit(answer_id, body="Something the company never said.", by=people.jonas, now=now)
    make_expert(session, people.jonas, "broadband", now)
    session.commit()
    with pytest.raises(Forbidden, match="only staff repair it"):
        verification.verify(answer_id, "repaired", body="Something the company never said.", by=people.jonas, now=now)
    assert answers.edit(answer_id, body="What the company says today.", by=people.mo, now=now)
