"""Suggested edits: who may not edit suggests, who may decides, and nothing is lost where two were at it."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, Invalid, TooMany
from app.outbox import EMITTED_AT
from community import answers
from community.models import Notification, QuestionTag, Revision, SuggestedEdit
from community.moderation import removal, suggested_edits
from community.notifications import handlers as tell
from tests.at_once import at_once
from tests.pages.reading import plain
from tests.people import People
from tests.statements import count_statements
from tests.stories import (
    BODY,
    TITLE,
    answered,
    ask,
    browser,
    entries,
    make_tag,
    person_here,
    reload_answer,
    reload_question,
    reputation,
    told,
)

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

BETTER = "Set the channel to 11 by hand; on firmware 4.2 and 4.3 the automatic choice is broken."


def suggest(answer_id: int, people: People, now: datetime, body: str = BETTER) -> int:
    """Marta suggests a text for Jonas's answer."""
    return suggested_edits.suggest_answer(answer_id, body=body, summary="4.3 too", revision=1, by=people.marta, now=now)


def test_a_suggestion_is_taken_once_and_paid_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    edit_id, ana = suggest(answer_id, people, now), people.ana.id
    results = at_once(app, 4, lambda _: suggested_edits.approve(edit_id, by=person_here(ana), now=now))
    assert sum(isinstance(result, Conflict) for result in results) == 3, results
    after = reload_answer(session, answer_id)
    assert (after.body_source, after.revision_count, after.edited_by_id) == (BETTER, 2, people.marta.id)
    kept = session.scalars(select(Revision).where(Revision.answer_id == answer_id, Revision.number == 2)).one()
    assert (kept.author_id, kept.summary) == (people.marta.id, "4.3 too")
    assert entries(session, people.marta) == [("edit_approved", 2)]
    assert reputation(session, people.marta) == 3
    for topic, run in (("edit.suggested", tell.edit_suggested), ("edit.decided", tell.edit_decided)):
        run([{**told(session, topic)[0], EMITTED_AT: now}])
    kinds = select(Notification.user_id, Notification.kind).order_by(Notification.id)
    assert [tuple(row) for row in session.execute(kinds)] == [(people.marta.id, "edit_approved")], "it is decided already"


def test_the_author_of_the_post_may_take_it_and_a_question_has_tags(session: Session, people: People, now: datetime) -> None:
    make_tag(session, "router", now)
    question_id = ask(people.marta, now)
    edit_id = suggested_edits.suggest_question(
        question_id, title=TITLE, body=BODY, tags_text="broadband router", summary="tag", revision=1, by=people.jonas, now=now
    )
    tell.edit_suggested([{**told(session, "edit.suggested")[0], EMITTED_AT: now}])
    assert session.scalars(select(Notification.user_id)).all() == [people.marta.id]
    suggested_edits.approve(edit_id, by=people.marta, now=now)
    added = select(QuestionTag.added_by_id).where(QuestionTag.question_id == question_id).order_by(QuestionTag.position)
    assert session.scalars(added).all() == [None, people.jonas.id]
    assert reload_question(session, question_id).revision_count == 2
    assert reputation(session, people.jonas) == 3


def test_what_has_changed_since_is_not_overwritten(app: Flask, session: Session, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    edit_id = suggest(answer_id, people, now)
    answers.edit(answer_id, body=BETTER + " Use 5 GHz if you can.", by=people.jonas, now=now)
    with pytest.raises(Conflict, match="Nothing is lost"):
        suggested_edits.approve(edit_id, by=people.ana, now=now)
    seen = plain(browser(app, people.ana).get(f"/suggested-edits/{edit_id}").text)
    assert "What others changed meanwhile" in seen
    assert "Make the change" not in seen
    form = browser(app, people.marta).get(f"/answers/{answer_id}/suggested-edits?from={edit_id}").text
    assert 'name="revision" value="2"' in form
    assert BETTER in form
    assert "Use 5 GHz if you can." in form, "the newest version stands beside"
    with pytest.raises(Invalid):
        suggested_edits.suggest_answer(answer_id, body=BODY, summary="old", revision=1, by=people.marta, now=now)
    newer = suggested_edits.suggest_answer(answer_id, body=BETTER, summary="shorter", revision=2, by=people.marta, now=now)
    assert session.get_one(SuggestedEdit, edit_id, populate_existing=True).outcome == "replaced"
    suggested_edits.approve(newer, by=people.ana, now=now)
    assert reload_answer(session, answer_id).body_source == BETTER


@on_sqlite
def test_who_may_decide_and_with_what(session: Session, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    edit_id = suggest(answer_id, people, now)
    with pytest.raises(Forbidden, match="You need 500 reputation"):
        suggested_edits.reject(edit_id, reason="I do not like it.", by=people.marta, now=now)
    people.marta.reputation = 600
    session.commit()
    with pytest.raises(Forbidden, match="Somebody else decides"):
        suggested_edits.approve(edit_id, by=people.marta, now=now)
    with pytest.raises(Forbidden, match="without review"):
        suggest(answer_id, people, now, body=BODY)
    with pytest.raises(Forbidden, match="take it back"):
        suggested_edits.withdraw(edit_id, by=people.jonas, now=now)
    with pytest.raises(Invalid):
        suggested_edits.reject(edit_id, reason=" ", by=people.jonas, now=now)
    suggested_edits.reject(edit_id, reason="4.3 is fine.", by=people.jonas, now=now)
    with pytest.raises(Conflict):
        suggested_edits.approve(edit_id, by=people.ana, now=now)
    assert reload_answer(session, answer_id).revision_count == 1
    assert entries(session, people.marta) == []


@on_sqlite
def test_limits(session: Session, people: People, now: datetime) -> None:
    posts = [answered(people, now)[1] for _ in range(suggested_edits.OPEN_AT_ONCE + 1)]
    made = [suggest(answer_id, people, now) for answer_id in posts[:-1]]
    with pytest.raises(TooMany, match="wait for a decision"):
        suggest(posts[-1], people, now)
    removal.remove_answer(posts[0], reason="Gone.", by=people.mo, now=now)
    suggest(posts[-1], people, now)
    removal.restore_answer(posts[0], by=people.mo, now=now)
    suggested_edits.reject(made.pop(), reason="No.", by=people.ada, now=now)
    suggest(posts[0], people, now, body=BODY)
    for edit_id in made[1:]:
        suggested_edits.reject(edit_id, reason="No.", by=people.ana, now=now)
    suggest(posts[-1], people, now)
    last = suggest(posts[1], people, now)
    suggested_edits.reject(last, reason="No.", by=people.ana, now=now)
    with pytest.raises(TooMany, match="refused this week"):
        suggest(posts[2], people, now)


@on_sqlite
def test_what_cannot_be_suggested(session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    with pytest.raises(Invalid, match="Nothing is different"):
        suggested_edits.suggest_question(
            question_id, title=TITLE, body=BODY, tags_text="broadband", summary="x", revision=1, by=people.jonas, now=now
        )
    with pytest.raises(Invalid, match="no tag “zzz”"):
        suggested_edits.suggest_question(
            question_id, title=TITLE, body=BODY, tags_text="zzz", summary="x", revision=1, by=people.jonas, now=now
        )
    with pytest.raises(Invalid, match="What you changed"):
        suggested_edits.suggest_answer(answer_id, body=BETTER, summary="", revision=1, by=people.marta, now=now)


@on_sqlite
def test_the_pages(app: Flask, client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    marta, jonas = browser(app, people.marta), browser(app, people.jonas)
    assert f"/answers/{answer_id}/suggested-edits" in marta.get(f"/questions/{question_id}", follow_redirects=True).text
    typed = {"body": BETTER, "summary": "4.3 too", "revision": "1"}
    assert "pv" in marta.post(f"/answers/{answer_id}/suggested-edits", data=typed | {"preview": "1"}).text
    assert marta.post(f"/answers/{answer_id}/suggested-edits", data=typed | {"body": ""}).status_code == 422
    sent = marta.post(f"/answers/{answer_id}/suggested-edits", data=typed)
    assert sent.status_code == 303
    assert "4.3 too" in jonas.get("/suggested-edits").text
    assert "Waiting for you Nothing waits for you." in plain(marta.get("/suggested-edits").text)
    page = jonas.get(sent.location).text
    assert "<ins>" in page
    assert browser(app, people.ana).get(sent.location).status_code == 200
    assert jonas.delete(sent.location, data={"reason": ""}).status_code == 422
    assert jonas.post(f"{sent.location}/approval").status_code == 303
    assert jonas.post(f"{sent.location}/approval").status_code == 409
    assert "It was approved by Jonas" in plain(marta.get(sent.location).text)
    assert browser(app).get("/suggested-edits").location.startswith("/sign-in")


@on_sqlite
def test_the_list_takes_the_same_statements_for_any_number(
    app: Flask, client: FlaskClient, people: People, now: datetime
) -> None:
    jonas = browser(app, people.jonas)

    def sent() -> int:
        with count_statements() as statements:
            assert jonas.get("/suggested-edits").status_code == 200
        return len(statements)

    suggest(answered(people, now)[1], people, now)
    few = sent()
    for _ in range(3):
        suggest(answered(people, now)[1], people, now)
    assert sent() == few
