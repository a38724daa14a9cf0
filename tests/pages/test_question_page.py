"""The question's page: what stands where, for whom, and until when."""

import re
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.pages import person_key, question_key
from community import acceptance, comments, questions, votes
from community.desk import acknowledgement
from community.freshness import archive
from community.freshness.sweep import sweep
from community.freshness.verification import verify
from community.moderation import removal
from community.queries.question_page import question_page
from community.queries.question_view import licence_url
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.people import People, make_expert
from tests.stories import INTERVAL, accepted, answer, answered, ask, browser, make_tag, reload_answer, reload_question

URL = "/questions/1/my-router-drops-the-wi-fi-every-evening"
DAY = timedelta(days=1)


def order(page: str) -> list[int]:
    """The numbers of the answers from top to bottom."""
    return [int(number) for number in re.findall(r'id="answer-(\d+)"', page)]


# --- addresses ----------------------------------------------------------------------------------------------------------


def test_there_is_one_right_address(client: FlaskClient, people: People, now: datetime) -> None:
    ask(people.marta, now)
    for other in ("/questions/1", "/questions/1/old-title", "/questions/1/old-title?from=mail", "/questions/01/x"):
        led = client.get(other)
        assert led.status_code == 301
        assert led.location == URL + ("?from=mail" if "?" in other else "")
    page = client.get(URL)
    assert f'<link rel="canonical" href="http://localhost{URL}">' in page.text
    assert client.head(URL).status_code == 200


def test_a_title_without_latin_letters_needs_no_words(client: FlaskClient, people: People, now: datetime) -> None:
    ask(people.marta, now, title="لماذا لا يعمل التجوال في المغرب")
    assert client.get("/questions/1").status_code == 200
    assert client.get("/questions/1/anything").location == "/questions/1"


@on_sqlite
def test_a_title_that_looks_like_a_page_of_its_own(client: FlaskClient, people: People, now: datetime) -> None:
    ask(people.marta, now, title="Revisions")
    assert client.get("/questions/1").location == "/questions/1/question-revisions"
    assert client.get("/questions/1/question-revisions").status_code == 200


def test_what_is_not_there(client: FlaskClient, people: People) -> None:
    for url in ("/questions/1", "/questions/99999999999999999999", "/questions/-1", "/questions/x"):
        assert client.get(url).status_code == 404, url


# --- order and states ---------------------------------------------------------------------------------------------------


def test_the_order_of_answers(app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    now = clock.now
    question_id = ask(people.marta, now - 600 * DAY)
    expired = answer(question_id, people.jonas, now - 500 * DAY)
    due = answer(question_id, people.jonas, now - 100 * DAY)
    plain = answer(question_id, people.jonas, now)
    liked = answer(question_id, people.jonas, now)
    official = answer(question_id, people.ana, now, official=True)
    archived = answer(question_id, people.jonas, now)
    removed = answer(question_id, people.jonas, now)
    votes.cast(1, answer_id=liked, by=people.marta, now=now)
    archive.archive(archived, reason="Old", by=people.mo, now=now)
    removal.remove_answer(removed, reason="Wrong", by=people.mo, now=now)
    page = client.get(URL).text
    assert order(page) == [official, liked, plain, due, expired, archived]
    acceptance.accept(due, by=people.marta, now=now)
    assert order(client.get(URL).text) == [due, official, liked, plain, expired, archived], "the pin"
    clock.forward(days=95)
    assert order(client.get(URL).text)[0] == due, "past its date it keeps its place, with the banner"
    assert order(browser(app, people.mo).get(URL).text)[-1] == removed


def test_the_asker_sees_that_it_waits_for_them(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    waits = "It is answered and waits for you"
    question_id = ask(people.marta, now)
    marta = browser(app, people.marta)
    assert "Needs an answer" in marta.get(URL).text
    assert waits not in marta.get(URL).text
    acknowledgement.acknowledge(question_id, by=people.ana, now=now)
    assert "seen by <bdi>Ana</bdi>" in marta.get(URL).text
    answer_id = answer(question_id, people.jonas, now)
    assert waits in marta.get(URL).text
    for other in (client, browser(app, people.jonas)):
        assert waits not in other.get(URL).text
    acceptance.accept(answer_id, by=people.marta, now=now)
    solved = marta.get(URL).text
    assert waits not in solved
    assert "Solved</b>" in solved
    assert "How easy was it to get this solved?" in solved


def test_staff_may_accept_after_seven_quiet_days(app: Flask, client: FlaskClient, people: People, clock: Clock) -> None:
    _, answer_id = answered(people, clock.now)
    ana = browser(app, people.ana)
    assert "This solved it" not in ana.get(URL).text
    clock.forward(days=8)
    assert "This solved it" in ana.get(URL).text
    assert "This solved it" not in client.get(URL).text
    assert ana.post(f"/answers/{answer_id}/acceptance").status_code == 303
    assert "How easy was it" not in ana.get(URL).text, "that is the asker's to say"


def test_an_answer_of_staff_bears_the_company(client: FlaskClient, people: People, now: datetime) -> None:
    question_id, _ = answered(people, now)
    whose = 'Staff<span class="vb"> of Bestbefore Telecom</span>'
    assert whose not in client.get(URL).text
    answer(question_id, people.ana, now)
    assert client.get(URL).text.count(whose) == 1


def test_the_pin_is_lost_with_the_date(client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    question_id, pinned = accepted(people, clock.now)
    clock.forward(days=400)
    current = answer(question_id, people.ana, clock.now)
    clock.forward(days=60)
    page = client.get(URL).text
    assert order(page) == [current, pinned]
    assert "acceptedAnswer" not in page


def test_a_page_is_right_though_no_sweep_ever_ran(client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    _, answer_id = accepted(people, clock.now)
    before = client.get(URL).text
    assert 'class="ans fresh"' in before
    assert 'itemprop="acceptedAnswer"' in before
    clock.forward(days=90)
    assert reload_answer(session, answer_id).state == "fresh", "nothing was written down"
    due = client.get(URL).text
    assert 'class="ans due"' in due
    assert "Past its date" in due
    assert "Still works" in due
    assert "Past its date" in due.partition("This answer’s life")[2], "the life tells it too"
    clock.forward(days=365)
    expired = client.get(URL).text
    assert '<details class="ans expired"' in expired
    assert "acceptedAnswer" not in expired
    assert "suggestedAnswer" not in expired
    assert sweep(clock.now).expired == 1
    assert (
        client.get(URL).text.partition("<main")[2].partition("</main>")[0]
        == expired.partition("<main")[2].partition("</main>")[0]
    )


def test_the_stamp_and_the_life_tell_the_same_story(client: FlaskClient, people: People, clock: Clock) -> None:
    _, answer_id = accepted(people, clock.now)
    clock.forward(days=100)
    verify(answer_id, "right", release="Firmware 4.3", by=people.ana, now=clock.now)
    page = client.get(URL).text
    stamp = page.partition('<header class="st fresh">')[2].partition("</header>")[0]
    assert "30 May 2027" in stamp, "90 days after 1 March"
    assert re.search(r"checked <time [^>]*>1 Mar 2027</time> by <bdi>Ana</bdi> on Firmware 4\.3", stamp)
    life = page.partition('<ol class="life">')[2].partition("</ol>")[0]
    told = re.findall(r"<span>([^<·]*)", life)
    assert [words.strip() for words in told] == ["Still right on Firmware 4.3", "Past its date", "Accepted", "Posted"]


def test_experts_bear_their_title(client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    make_expert(session, people.jonas, "esim", now)
    session.commit()
    answered(people, now)
    assert "broadband expert" not in client.get(URL).text, "his tag is another one"
    make_expert(session, people.jonas, "broadband", now)
    session.commit()
    page = question_page(1, None, now)
    (shown,) = page.answers
    assert shown.author is not None
    assert shown.author.title == "broadband expert"
    assert question_page(1, None, now + timedelta(days=365)).answers[0].author.title == ""  # type: ignore[union-attr]  # as above


# --- what a page links to -----------------------------------------------------------------------------------------------


def test_related_questions_stand_in_searchs_order(client: FlaskClient, people: People, clock: Clock, session: Session) -> None:
    answered(people, clock.now)
    others = [ask(people.marta, clock.now, title=f"Another question, number {number}") for number in range(8)]
    answer(others[2], people.jonas, clock.now)
    questions.store_related(1, [others[2], 99, others[0], others[1], others[3], others[4]])
    page = question_page(1, None, clock.now)
    assert [link.title[-1] for link in page.related] == ["2", "0", "1", "3"], "five at most, without what is not there"
    assert [link.freshness.state for link in page.related] == ["fresh", "none", "none", "none"]
    text = client.get(URL).text
    assert f'href="/questions/{others[2]}/another-question-number-2"' in text
    removal.remove_question(others[2], reason="Spam", by=people.mo, now=clock.now)
    assert f"/questions/{others[2]}/" not in client.get(URL).text


# --- until when, and what it depends on ---------------------------------------------------------------------------------


def test_a_page_is_good_until_the_clock_changes_it(people: People, now: datetime, session: Session) -> None:
    question_id, first = answered(people, now)
    other = ask(people.marta, now, title="A related question, asked before")
    answer(other, people.jonas, now - DAY)
    questions.store_related(question_id, [other])
    assert question_page(question_id, None, now).valid_until == now + INTERVAL - DAY, "the related answer falls due first"
    archive.archive(first, reason="Old", by=people.mo, now=now)
    questions.store_related(question_id, [])
    assert question_page(question_id, None, now).valid_until is None


def test_a_page_depends_on_all_it_shows(people: People, now: datetime, session: Session) -> None:
    question_id, first = answered(people, now)
    other = ask(people.marta, now, title="A related question, asked before")
    successor = answer(other, people.ana, now)
    comments.add(body="Thank you", answer_id=first, by=people.mo, now=now)
    questions.store_related(question_id, [other])
    archive.archive(first, reason="", successor_id=successor, by=people.ada, now=now)
    everybody = {person_key(who.id) for who in (people.marta, people.jonas, people.mo, people.ada)}
    assert question_page(question_id, None, now).depends_on >= everybody | {question_key(question_id), question_key(other)}


def test_the_next_reader_sees_what_was_written(
    app: Flask, client: FlaskClient, people: People, clock: Clock, session: Session
) -> None:
    """Signed-out pages are stored; none is shown after a write, nor after its time."""
    question_id, answer_id = answered(people, clock.now)

    def shows(words: str) -> bool:
        client.get(URL)
        return words in client.get(URL).text

    assert not shows("Accepted")
    acceptance.accept(answer_id, by=people.marta, now=clock.now)
    assert shows("Accepted")
    comments.add(body="Words of thanks", answer_id=answer_id, by=people.marta, now=clock.now)
    assert shows("Words of thanks")
    votes.cast(1, answer_id=answer_id, by=people.ana, now=clock.now)
    assert shows('<b itemprop="upvoteCount">1</b>')
    assert not shows("1 view")
    clock.forward(days=90)
    assert shows("Past its date")
    removal.remove_question(question_id, reason="Spam", by=people.mo, now=clock.now)
    assert client.get(URL).status_code == 410


# --- signed out ---------------------------------------------------------------------------------------------------------


def test_signed_out_pages_are_the_same_for_everybody(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    accepted(people, now)
    first = client.get(URL)
    for agent in ("One", "Another"):
        again = browser(app).get(URL, headers={"User-Agent": agent, "Accept-Language": "de"})
        assert again.data == first.data
        assert "Set-Cookie" not in again.headers
    assert client.get(URL, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_nothing_of_the_viewer_is_stored(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    before = client.get(URL).data
    marta = browser(app, people.marta)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    votes.withdraw(answer_id=answer_id, by=people.ana, now=now)
    mine = marta.get(URL)
    assert "This solved it" in mine.text
    assert mine.headers["Cache-Control"] == "private, no-cache"
    assert client.get(URL).data == before


# --- what people wrote --------------------------------------------------------------------------------------------------


def test_a_hostile_title_is_words(client: FlaskClient, people: People, now: datetime) -> None:
    title = '"><script>alert(1)</script>{{ 7 * 7 }} & <b>bold'
    ask(people.marta, now, title=title, product="<i>Box</i>", release='4"2')
    page = client.get("/questions/1", follow_redirects=True).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }} &amp; &lt;b&gt;bold" in page
    assert "&lt;i&gt;Box&lt;/i&gt;" in page


def test_where_an_imported_post_comes_from(client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    question = reload_question(session, question_id)
    question.origin_url, question.origin_author = "https://www.ai.example/questions/7", "Somebody Else"
    question.licence = "CC BY-SA 4.0"
    session.commit()
    page = client.get(URL).text
    assert '<a href="https://www.ai.example/questions/7" rel="nofollow noopener">ai.example</a>' in page
    assert "Somebody Else" in page
    assert '<a href="https://creativecommons.org/licenses/by-sa/4.0/" rel="license noopener">CC BY-SA 4.0</a>' in page


def test_the_address_of_a_licence() -> None:
    assert licence_url("CC BY 3.0") == "https://creativecommons.org/licenses/by/3.0/"
    for other in ("", "MIT", "CC0", "CC BY-SA", "CC ../evil x"):
        assert licence_url(other) == ""


def test_a_question_nobody_has_answered(client: FlaskClient, people: People, now: datetime) -> None:
    ask(people.marta, now)
    page = client.get(URL).text
    assert "No answers yet" in page
    assert "Needs an answer" in page
    assert "Sign in to answer" in page


def test_what_a_check_was_done_on_is_offered_for_the_next(people: People, session: Session, now: datetime) -> None:
    make_tag(session, "wi-fi", now)
    question_id = ask(people.marta, now, release="4.2")
    for release in ("4.3", "4.3", ""):
        verify(answer(question_id, people.jonas, now), "right", release=release, by=people.ana, now=now)
    assert question_page(question_id, None, now).releases == ("4.2", "4.3")
