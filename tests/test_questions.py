"""Asking and editing a question."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Forbidden, Gone, Invalid, NotFound, TooMany
from community import questions, tags, texts
from community.models import Follow, Question, QuestionTag, Revision, Tag
from community.moderation import removal
from community.queries.addresses import slug
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import People
from tests.stories import BODY, TITLE, answer, ask, browser, make_tag, person_here, reload_answer, reload_question, told


def form(**changed: str) -> dict[str, str]:
    return {"title": TITLE, "body": BODY, "tags": "broadband", "product": "Box 7", "release": "4.2"} | changed


def tag_names(session: Session, question_id: int) -> list[str]:
    session.rollback()
    return [tag.name for tag in tags.of_question(session, question_id)]


def counted(session: Session, name: str) -> int:
    session.rollback()
    return session.execute(select(Tag.question_count).where(Tag.name == name)).scalar_one()


# --- asking: works ------------------------------------------------------------------------------------------------------


def test_marta_asks(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    marta = browser(app, people.marta)
    answered = marta.post("/questions", data=form())
    assert (answered.status_code, answered.location) == (303, "/questions/1/my-router-drops-the-wi-fi-every-evening")
    question = reload_question(session, 1)
    assert (question.title, question.body_source, question.author_id) == (TITLE, BODY, people.marta.id)
    assert (question.product, question.release) == ("Box 7", "4.2")
    assert (question.created_at, question.activity_at) == (now, now)
    assert question.body_html == f'<p dir="auto">{BODY}</p>'
    assert tag_names(session, 1) == ["broadband"]
    assert counted(session, "broadband") == 1
    assert session.get(Follow, (1, people.marta.id)) is not None, "who asks follows"
    assert told(session, "question.asked") == [{"question_id": 1}]
    assert told(session, "question.changed") == [{"question_id": 1}]
    page = marta.get(answered.location)
    assert page.status_code == 200
    assert TITLE in page.text
    assert "Your question is posted." in page.text


def test_the_first_text_is_the_first_revision(people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now, tags_text="broadband, Broadband")
    revision = session.scalars(select(Revision).where(Revision.question_id == question_id)).one()
    assert (revision.number, revision.title, revision.body_source, revision.tags) == (1, TITLE, BODY, "broadband")
    assert (revision.author_id, revision.at) == (people.marta.id, now)


def test_the_strictest_tag_decides(people: People, session: Session, now: datetime) -> None:
    make_tag(session, "quick", now, interval_days=30)
    make_tag(session, "critical", now, interval_days=60, grace_days=0, verifiers_needed=2)
    question = reload_question(session, ask(people.marta, now, tags_text="broadband quick critical"))
    assert (question.interval_days, question.grace_days, question.verifiers_needed) == (30, 0, 2)
    assert question.freshness == "plain"
    make_tag(session, "believed", now, freshness="belief", change_rate=1 / 100)
    mixed = reload_question(session, ask(people.marta, now, tags_text="quick believed"))
    assert (mixed.freshness, mixed.interval_days, mixed.change_rate) == ("belief", 30, 1 / 100)
    until = now + timedelta(days=60)
    make_tag(session, "arm", now, freshness="permanent", permanent_until=until)
    arm = reload_question(session, ask(people.marta, now, tags_text="arm"))
    assert (arm.freshness, arm.permanent_until) == ("permanent", until)
    strict = reload_question(session, ask(people.marta, now, tags_text="arm believed"))
    assert (strict.freshness, strict.permanent_until) == ("belief", None), "permanence is the least strict"
    untagged = reload_question(session, ask(people.marta, now, tags_text=""))
    assert (untagged.interval_days, untagged.grace_days, untagged.verifiers_needed) == (365, 365, 1)
    assert untagged.freshness == "belief"


def test_who_is_mentioned_hears_of_it_once(people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now, body="@Jonas and @jonas, do you know this? @Marta asks, @Nobody too.")
    (message,) = told(session, "person.mentioned")
    assert (message["user_ids"], message["question_id"]) == ([people.jonas.id], question_id)
    assert f'href="/people/{people.jonas.id}/jonas"' in reload_question(session, question_id).body_html


# --- asking: what cannot be taken ---------------------------------------------------------------------------------------


def test_everything_wrong_is_said_at_once_and_kept(app: Flask, people: People, session: Session, client: FlaskClient) -> None:
    typed = form(title="short", body="", tags="a b c d e f", product="P" * 81, release="R" * 81)
    page = browser(app, people.marta).post("/questions", data=typed)
    assert page.status_code == 422
    assert page.text.count('aria-invalid="true"') == 5
    for field in ("title", "body", "tags", "product", "release"):
        assert f'href="#f-{field}"' in page.text, "the summary leads to the field"
    for kept in ('value="short"', 'value="a b c d e f"', f'value="{"P" * 81}"', f'value="{"R" * 81}"'):
        assert kept in page.text
    assert session.execute(select(func.count()).select_from(Question)).scalar_one() == 0


@on_sqlite
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": "  Wi-Fi  "}, "title"),
        ({"title": "W" * (texts.LONGEST_TITLE + 1)}, "title"),
        ({"title": "\u202e\u0000" * 20}, "title"),
        ({"body": " \n "}, "body"),
        ({"body": "x" * 30_001}, "body"),
        ({"tags_text": "what<b>"}, "tags"),
        ({"tags_text": "unheard-of"}, "tags"),
        ({"tags_text": "t" * 36}, "tags"),
    ],
)
def test_what_cannot_be_taken(people: People, now: datetime, changed: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask(people.marta, now, **changed)
    assert list(refused.value.fields) == [field]


def test_new_tags_take_reputation(people: People, session: Session, now: datetime) -> None:
    with pytest.raises(Invalid, match="You need 100 reputation to make a new tag; you have 1"):
        ask(people.marta, now, tags_text="mesh")
    ask(people.ana, now, tags_text="Mesh wi-fi-7")
    assert (counted(session, "mesh"), counted(session, "wi-fi-7")) == (1, 1)


@on_sqlite
def test_there_is_a_limit_of_posts_an_hour(app: Flask, people: People, now: datetime, session: Session) -> None:
    limit = app.config["SETTINGS"].posts_per_hour
    question_id = ask(people.marta, now)
    for minute in range(limit - 1):
        answer(question_id, people.marta, now + timedelta(minutes=minute))
    with pytest.raises(TooMany, match=f"{limit} posts in the last hour"):
        ask(people.marta, now + timedelta(minutes=59))
    ask(people.marta, now + timedelta(minutes=60))


def test_a_refusal_for_flooding_keeps_the_text(app: Flask, people: People, now: datetime, client: FlaskClient) -> None:
    for _ in range(app.config["SETTINGS"].posts_per_hour):
        ask(people.marta, now)
    page = browser(app, people.marta).post("/questions", data=form(title="One question too many of mine"))
    assert (page.status_code, page.headers["Retry-After"]) == (429, "3600")
    assert 'value="One question too many of mine"' in page.text
    assert BODY in page.text
    assert "30 posts in the last hour" in page.text


# --- asking: method and person ------------------------------------------------------------------------------------------


def test_who_is_not_signed_in_is_led_to_the_door_and_keeps_the_text(client: FlaskClient, people: People) -> None:
    form_page = client.get("/questions/new")
    assert (form_page.status_code, form_page.location) == (303, "/sign-in?next=/questions/new")
    page = client.post("/questions", data=form())
    assert page.status_code == 401
    assert f'value="{TITLE}"' in page.text
    assert "Sign in first." in page.text


def test_a_suspended_person_cannot_ask(app: Flask, people: People, session: Session, now: datetime, client: FlaskClient) -> None:
    people.marta.suspended_until, people.marta.suspended_reason = now + timedelta(days=1), "Advertising."
    session.commit()
    with pytest.raises(Forbidden, match="suspended until 22 November 2026: Advertising"):
        ask(people.marta, now)
    page = browser(app, people.marta).post("/questions", data=form())
    assert page.status_code == 403
    assert BODY in page.text


def test_asking_is_a_post(app: Flask, people: People, client: FlaskClient) -> None:
    assert browser(app, people.marta).get("/questions").status_code == 405
    assert browser(app, people.marta).delete("/questions").status_code == 405


def test_another_sites_form_changes_nothing(app: Flask, people: People, session: Session, client: FlaskClient) -> None:
    marta = browser(app, people.marta)
    marta.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    assert marta.post("/questions", data=form()).status_code == 403
    assert session.execute(select(func.count()).select_from(Question)).scalar_one() == 0


def test_the_form_takes_what_the_address_brings_and_suggests(
    app: Flask, people: People, now: datetime, client: FlaskClient
) -> None:
    ask(people.marta, now, product="Box 7", release="4.2")
    page = browser(app, people.marta).get("/questions/new?title=<Slow>&tags=broadband").text
    assert 'value="&lt;Slow&gt;"' in page
    assert 'value="broadband"' in page
    for suggested in ("broadband", "Box 7", "4.2"):
        assert f'<option value="{suggested}">' in page
    assert 'data-similar="/search/similar?visit=' in page


# --- preview ------------------------------------------------------------------------------------------------------------


def test_a_preview_stores_nothing(app: Flask, people: People, session: Session, client: FlaskClient) -> None:
    page = browser(app, people.marta).post("/questions", data=form(preview="1", body="It is **slow**."))
    assert page.status_code == 200
    assert '<div class="prose pv" dir="auto"><p dir="auto">It is <strong>slow</strong>.</p></div>' in page.text
    assert f'value="{TITLE}"' in page.text
    assert "/search?q=My%20router" in page.text, "without scripts, similar questions are a search away"
    assert session.execute(select(func.count()).select_from(Question)).scalar_one() == 0


def test_the_live_preview_is_safe_html(client: FlaskClient, people: People) -> None:
    shown = client.post("/preview", data={"body": "@Jonas <script>alert(1)</script> [x](javascript:alert(1)) `a < b`"})
    assert (shown.status_code, shown.mimetype) == (200, "text/html")
    assert "<script" not in shown.text
    assert 'href="javascript' not in shown.text
    assert "a &lt; b" in shown.text
    assert f'href="/people/{people.jonas.id}/jonas"' in shown.text
    assert "Set-Cookie" not in shown.headers
    assert client.post("/preview", data={"body": " "}).text == ""
    assert client.get("/preview").status_code == 405


@on_sqlite
def test_previews_are_limited(client: FlaskClient, people: People) -> None:
    statuses = [client.post("/preview", data={"body": "a"}).status_code for _ in range(121)]
    assert statuses == [200] * 120 + [429]


# --- editing ------------------------------------------------------------------------------------------------------------


def edited(session: Session, question_id: int) -> list[tuple[int, str | None, str, str]]:
    session.rollback()
    rows = select(Revision).where(Revision.question_id == question_id).order_by(Revision.number)
    return [(row.number, row.title, row.tags, row.summary) for row in session.scalars(rows)]


def test_an_edit_is_a_new_revision(app: Flask, people: People, session: Session, clock: Clock, client: FlaskClient) -> None:
    session.add(Tag(name="wi-fi", created_at=clock.now))
    session.commit()
    question_id = ask(people.marta, clock.now)
    marta, later = browser(app, people.marta), clock.forward(hours=2)
    page = marta.get(f"/questions/{question_id}/edit").text
    assert f'value="{TITLE}"' in page
    assert BODY in page
    assert 'name="revision" value="1"' in page
    typed = form(title="My router drops the Wi-Fi at eight", tags="wi-fi", summary="said when", revision="1")
    answered = marta.post(f"/questions/{question_id}/revisions", data=typed)
    assert (answered.status_code, answered.location) == (303, f"/questions/{question_id}/my-router-drops-the-wi-fi-at-eight")
    question = reload_question(session, question_id)
    assert (question.edited_at, question.edited_by_id, question.activity_at) == (later, people.marta.id, later)
    assert question.revision_count == 2
    assert edited(session, question_id) == [
        (1, TITLE, "broadband", ""),
        (2, "My router drops the Wi-Fi at eight", "wi-fi", "said when"),
    ]
    assert (counted(session, "broadband"), counted(session, "wi-fi")) == (0, 1)


def test_nothing_different_is_no_revision(people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    same = questions.edit(question_id, title=TITLE, body=BODY, tags_text="broadband", by=people.marta, now=now)
    assert same is False
    assert len(edited(session, question_id)) == 1


def test_who_saved_first_is_not_overwritten(
    app: Flask, people: People, session: Session, now: datetime, client: FlaskClient
) -> None:
    question_id = ask(people.marta, now)
    assert questions.edit(question_id, title="Another title by staff", body=BODY, tags_text="", by=people.ana, now=now)
    marta = browser(app, people.marta)
    page = marta.post(f"/questions/{question_id}/revisions", data=form(title="What Marta typed", revision="1"))
    assert page.status_code == 422
    assert "Somebody has edited this since" in page.text
    assert "Another title by staff" in page.text, "the newest version stands beside it"
    assert 'value="What Marta typed"' in page.text
    assert 'name="revision" value="2"' in page.text
    again = marta.post(f"/questions/{question_id}/revisions", data=form(title="What Marta typed", revision="2"))
    assert again.status_code == 303


def test_new_tags_move_no_dates_of_answers(people: People, session: Session, now: datetime) -> None:
    make_tag(session, "quick", now, interval_days=7, grace_days=0)
    question_id = ask(people.marta, now)
    answer_id = answer(question_id, people.jonas, now)
    before = reload_answer(session, answer_id).best_before_at
    questions.edit(question_id, title=TITLE, body=BODY, tags_text="broadband quick", by=people.marta, now=now)
    assert reload_answer(session, answer_id).best_before_at == before
    assert reload_question(session, question_id).interval_days == 7


def test_who_may_edit_a_question(app: Flask, people: People, now: datetime, client: FlaskClient) -> None:
    question_id = ask(people.marta, now)
    assert client.get(f"/questions/{question_id}/edit").location == f"/sign-in?next=/questions/{question_id}/edit"
    assert browser(app, people.jonas).get(f"/questions/{question_id}/edit").status_code == 403
    assert browser(app, people.ana).get(f"/questions/{question_id}/edit").status_code == 200
    with pytest.raises(Forbidden, match="You need 500 reputation"):
        questions.edit(question_id, title=TITLE, body="Other words here", tags_text="", by=people.jonas, now=now)


def test_an_edit_that_may_not_be_keeps_the_text(app: Flask, people: People, now: datetime, client: FlaskClient) -> None:
    question_id = ask(people.marta, now)
    typed = form(body="What Jonas would have it say.")
    for visitor, status in ((browser(app, people.jonas), 403), (client, 401)):
        page = visitor.post(f"/questions/{question_id}/revisions", data=typed)
        assert page.status_code == status
        assert "What Jonas would have it say." in page.text
    removal.remove_question(question_id, by=people.marta, now=now)
    page = browser(app, people.marta).post(f"/questions/{question_id}/revisions", data=typed)
    assert page.status_code == 410
    assert "What Jonas would have it say." in page.text


def test_an_edit_can_be_looked_at_first(app: Flask, people: People, session: Session, now: datetime, client: FlaskClient) -> None:
    question_id = ask(people.marta, now)
    typed = form(body="Now **bold**", revision="1", preview="1")
    page = browser(app, people.marta).post(f"/questions/{question_id}/revisions", data=typed)
    assert page.status_code == 200
    assert "<strong>bold</strong>" in page.text
    assert len(edited(session, question_id)) == 1


def test_an_imported_text_is_edited_as_markdown(
    app: Flask, people: People, session: Session, now: datetime, client: FlaskClient
) -> None:
    question_id = ask(people.marta, now)
    question = reload_question(session, question_id)
    question.body_source, question.body_format = "<p>It is <b>slow</b> at night.</p>", "html"
    session.commit()
    page = browser(app, people.marta).get(f"/questions/{question_id}/edit").text
    assert "It is **slow** at night." in page
    assert questions.edit(
        question_id, title=TITLE, body="It is **slow** at night.", tags_text="broadband", by=people.marta, now=now
    )
    assert reload_question(session, question_id).body_format == "markdown"


def test_nothing_can_be_done_to_what_is_not_there(people: People, now: datetime) -> None:
    with pytest.raises(NotFound):
        questions.edit(99, title=TITLE, body=BODY, tags_text="", by=people.marta, now=now)
    question_id = ask(people.marta, now)
    removal.remove_question(question_id, by=people.marta, now=now)
    with pytest.raises(Gone):
        questions.edit(question_id, title=TITLE, body=BODY, tags_text="", by=people.marta, now=now)


# --- twice at once ------------------------------------------------------------------------------------------------------


def test_of_ten_edits_of_one_version_one_is_saved(app: Flask, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    marta_id = people.marta.id
    session.rollback()

    def act(number: int) -> bool:
        by = person_here(marta_id)
        body = f"What window number {number} says."
        return questions.edit(question_id, title=TITLE, body=body, tags_text="broadband", revision=1, by=by, now=now)

    results = at_once(app, 10, act)
    assert results.count(True) == 1
    assert sum(isinstance(result, Invalid) for result in results) == 9
    assert [number for number, *_ in edited(session, question_id)] == [1, 2]


def test_one_new_tag_made_by_two_at_once_is_one_tag(app: Flask, people: People, session: Session, now: datetime) -> None:
    ana_id = people.ana.id
    session.rollback()
    results = at_once(app, 6, lambda _: ask(person_here(ana_id), now, tags_text="mesh"))
    assert len({result for result in results if isinstance(result, int)}) == 6, results
    assert counted(session, "mesh") == 6
    links = select(func.count()).select_from(QuestionTag).join(Tag, Tag.id == QuestionTag.tag_id).where(Tag.name == "mesh")
    assert session.execute(links).scalar_one() == 6


# --- addresses ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Why doesn’t it work?", "why-doesnt-it-work"),
        ("Größe & Gewicht", "groe-gewicht"),
        ("لماذا لا يعمل التجوال", ""),
        ("Revisions", "question-revisions"),
        ("word " * 40, "word-word-word-word-word-word-word-word-word-word-word-word"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_slug_is_the_titles_words(title: str, expected: str) -> None:
    assert slug(title) == expected
