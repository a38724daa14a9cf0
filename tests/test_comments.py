"""Comments: adding, editing, removing, restoring."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Forbidden, Gone, NotFound, TooMany
from community import comments
from community.models import Comment
from community.moderation import removal
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import People
from tests.stories import answered, ask, browser, person_here, reload_question, told

URL = "/questions/1/my-router-drops-the-wi-fi-every-evening"
WORDS = "Which channel is **yours** on, @Marta?"


def stored(session: Session, comment_id: int = 1) -> Comment:
    session.rollback()
    return session.scalars(select(Comment).where(Comment.id == comment_id).execution_options(populate_existing=True)).one()


def test_a_comment_on_a_question(app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    question_id, now = ask(people.marta, clock.now), clock.forward(hours=1)
    done = browser(app, people.jonas).post(f"/questions/{question_id}/comments", data={"body": WORDS})
    assert (done.status_code, done.location) == (303, f"{URL}#c1")
    comment = stored(session)
    assert (comment.question_id, comment.answer_id, comment.author_id) == (question_id, None, people.jonas.id)
    assert "<strong>yours</strong>" in comment.body_html
    assert reload_question(session, question_id).activity_at == now
    assert told(session, "comment.posted") == [{"comment_id": 1}]
    (mention,) = told(session, "person.mentioned")
    assert (mention["user_ids"], mention["comment_id"]) == ([people.marta.id], 1)
    assert 'id="c1"' in client.get(URL).text


def test_a_comment_on_an_answer_stands_under_it(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id, answer_id = answered(people, now)
    done = browser(app, people.marta).post(f"/answers/{answer_id}/comments", data={"body": "Thank you"})
    assert (done.status_code, done.location) == (303, f"{URL}#c1")
    assert (stored(session).question_id, stored(session).answer_id) == (question_id, answer_id)
    page = client.get(URL).text
    assert page.index(f'id="answer-{answer_id}"') < page.index('id="c1"')


def test_the_text_is_kept_when_it_cannot_be_taken(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    _, answer_id = answered(people, now)
    page = browser(app, people.marta).post(f"/answers/{answer_id}/comments", data={"body": "x" * 1001})
    assert page.status_code == 422
    assert "x" * 1001 in page.text
    assert "A text can have up to 1,000 characters; this has 1,001." in page.text
    signed_out = client.post(f"/answers/{answer_id}/comments", data={"body": "Thank <you>"})
    assert signed_out.status_code == 401
    assert "Thank &lt;you&gt;</textarea>" in signed_out.text
    assert session.scalars(select(Comment)).all() == []


def test_an_author_edits_their_comment(app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    question_id = ask(people.marta, clock.now)
    comment_id = comments.add(body="Which channel", question_id=question_id, by=people.jonas, now=clock.now)
    later = clock.forward(minutes=5)
    jonas = browser(app, people.jonas)
    assert f'href="/comments/{comment_id}/edit"' in jonas.get(URL).text
    assert "Which channel</textarea>" in jonas.get(f"/comments/{comment_id}/edit").text
    assert jonas.post(f"/comments/{comment_id}", data={"body": "Which channel?"}).location == f"{URL}#c1"
    assert (stored(session).body_source, stored(session).edited_at) == ("Which channel?", later)
    page = jonas.post(f"/comments/{comment_id}", data={"body": ""})
    assert page.status_code == 422
    assert comments.edit(comment_id, body="Which channel?", by=people.jonas, now=later) is False


def test_who_may_edit_and_remove_a_comment(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id = ask(people.marta, now)
    comment_id = comments.add(body="Which channel", question_id=question_id, by=people.jonas, now=now)
    for visitor, status in ((client, 401), (browser(app, people.marta), 403), (browser(app, people.ana), 403)):
        page = visitor.post(f"/comments/{comment_id}", data={"body": "What another says"})
        assert page.status_code == status
        assert "What another says" in page.text
        assert visitor.delete(f"/comments/{comment_id}").status_code == status
        seen = visitor.get(URL).text
        assert f"/comments/{comment_id}/edit" not in seen
        assert f"/comments/{comment_id}?" not in seen
    assert client.get(f"/comments/{comment_id}/edit").location == f"/sign-in?next=/comments/{comment_id}/edit"
    with pytest.raises(Forbidden):
        comments.edit(comment_id, body="What staff say", by=people.ana, now=now)
    assert stored(session).body_source == "Which channel"


def test_an_author_removes_their_comment_without_a_word(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id = ask(people.marta, now)
    comment_id = comments.add(body="Which channel", question_id=question_id, by=people.jonas, now=now)
    assert browser(app, people.jonas).post(f"/comments/{comment_id}?_method=DELETE").status_code == 303
    assert stored(session).removed_by_id == people.jonas.id
    assert "Which channel" not in client.get(URL).text
    with pytest.raises(Gone):
        comments.edit(comment_id, body="Again", by=people.jonas, now=now)


def test_a_moderator_says_why_and_can_give_it_back(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id = ask(people.marta, now)
    comment_id = comments.add(body="Buy at my shop", question_id=question_id, by=people.jonas, now=now)
    mo = browser(app, people.mo)
    assert mo.delete(f"/comments/{comment_id}").status_code == 422
    assert mo.delete(f"/comments/{comment_id}", data={"reason": "Advertising"}).status_code == 303
    assert "Buy at my shop" not in client.get(URL).text
    assert "Advertising" in mo.get(URL).text
    assert told(session, "post.removed")[0]["comment_id"] == comment_id
    assert browser(app, people.jonas).delete(f"/comments/{comment_id}/removal").status_code == 403
    assert mo.delete(f"/comments/{comment_id}/removal").status_code == 303
    assert "Buy at my shop" in client.get(URL).text


@on_sqlite
def test_there_is_nothing_to_comment_on(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    marta = browser(app, people.marta)
    assert marta.post("/questions/9/comments", data={"body": "Hello there"}).status_code == 404
    assert marta.post("/answers/9/comments", data={"body": "Hello there"}).status_code == 404
    assert marta.delete("/comments/9").status_code == 404
    assert marta.get("/comments/9/edit").status_code == 404
    assert marta.get("/comments/9").status_code == 405
    question_id = ask(people.marta, now)
    removal.remove_question(question_id, by=people.marta, now=now)
    with pytest.raises(Gone):
        comments.add(body="Hello there", question_id=question_id, by=people.marta, now=now)
    with pytest.raises(NotFound):
        comments.add(body="Hello there", by=people.marta, now=now)


def test_twenty_comments_at_once_are_twenty(app: Flask, people: People, session: Session, now: datetime) -> None:
    question_id, jonas_id = ask(people.marta, now), people.jonas.id
    session.rollback()
    add = comments.add
    results = at_once(app, 20, lambda n: add(body=f"No. {n}", question_id=question_id, by=person_here(jonas_id), now=now))
    assert sorted(result for result in results if isinstance(result, int)) == list(range(1, 21)), results
    assert len(told(session, "comment.posted")) == 20


@on_sqlite
def test_there_is_an_end_to_comments_in_an_hour(app: Flask, people: People, now: datetime) -> None:
    question_id = ask(people.marta, now)
    for _ in range(comments.COMMENTS_PER_POST * app.config["SETTINGS"].posts_per_hour):
        comments.add(body=WORDS, question_id=question_id, by=people.jonas, now=now)
    with pytest.raises(TooMany, match="comments in the last hour"):
        comments.add(body=WORDS, question_id=question_id, by=people.jonas, now=now + timedelta(minutes=59))
    comments.add(body=WORDS, question_id=question_id, by=people.ana, now=now)
    comments.add(body=WORDS, question_id=question_id, by=people.jonas, now=now + timedelta(minutes=61))
