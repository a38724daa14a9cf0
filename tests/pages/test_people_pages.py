"""Everybody, and a person's page: what they did, what is current of it, and every point they have."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import people as profiles
from app.accounts.models import Role, User
from app.accounts.people import person_url
from app.db import transaction
from app.importers import bulk
from community import acceptance, questions, votes
from community.freshness import archive, verification
from community.models import Tag
from community.moderation import expertise, removal, suspension
from community.queries.person import TABS
from reputation import ledger, points
from reputation.ledger import Posting
from reputation.models import Entry
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.pages.forum import DAY, many
from tests.pages.reading import link, plain, rows, tabs, titles, walk
from tests.people import People, person, sign_in
from tests.statements import count_statements
from tests.stories import TITLE, accepted, answer, answered, ask, browser


def names(page: str) -> list[str]:
    """Who the list shows, in order."""
    found = page.partition('<ul class="pl">')[2].partition("</ul>")[0]
    return [plain(part.partition("</a>")[0]) for part in found.split('class="nm"')[1:] for part in [part.partition(">")[2]]]


def movements(page: str) -> list[str]:
    """The ledger as it is shown, in order."""
    found = page.partition('<ol class="lg">')[2].partition("</ol>")[0]
    return [plain(part) for part in found.split("<li>")[1:]]


def crowd(session: Session, clock: Clock, count: int, prefix: str = "Person") -> None:
    """So many people, several of them with the same reputation."""
    bulk.write(
        session,
        User,
        [
            {
                "name": f"{prefix} {number:03}",
                "name_key": f"{prefix.lower()}{number:03}",
                "reputation": number // 3,
                "created_at": clock.now,
                "mail_notices": False,
            }
            for number in range(count)
        ],
    )
    session.commit()


# --- everybody ----------------------------------------------------------------------------------------------------------


def test_those_with_most_reputation_come_first(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    session.execute(update(User).where(User.id == people.jonas.id).values(reputation=600))
    session.execute(update(User).where(User.id == people.marta.id).values(reputation=12))
    session.commit()
    page = client.get("/people").text
    assert names(page) == ["Jonas", "Marta", "Ada", "Mo", "Ana"]
    assert "Ana Staff 1 · Newcomer · expert · since 2025" in plain(page)


def test_everybody_by_the_page(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    crowd(session, clock, 120)
    onward = list(walk(client, "/people"))
    assert [len(names(page)) for page in onward] == [48, 48, 29]
    assert len({name for page in onward for name in names(page)}) == 125
    back = walk(client, str(link(onward[-1], "prev")), "prev")
    assert [names(page) for page in back] == [names(page) for page in reversed(onward[:-1])]
    assert client.get("/people?after=-9.1").location == "/people"
    assert names(client.get("/people?after=x.y").text) == names(onward[0])


def test_by_the_beginning_of_the_name(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    crowd(session, clock, 60, "Sam")
    crowd(session, clock, 2, "Élodie")
    bulk.write(session, User, [{"name": "sam 000", "reputation": 1, "created_at": clock.now, "mail_notices": False}])
    session.commit()
    onward = list(walk(client, "/people?q=sAm"))
    found = [name for page in onward for name in names(page)]
    assert found == ["Sam 000", "sam 000", *(f"Sam {number:03}" for number in range(1, 60))]
    assert [len(names(page)) for page in onward] == [48, 13]
    assert names(client.get(str(link(onward[1], "prev")), follow_redirects=True).text) == names(onward[0])
    assert names(client.get("/people", query_string={"q": "Élo"}).text) == ["Élodie 000", "Élodie 001"]
    for nobody in ("%", "_am", "Zed", "am"):
        page = client.get("/people", query_string={"q": nobody}).text
        assert names(page) == []
        assert f"Nobody’s name begins with “{nobody}”" in plain(page)


def test_those_who_may_not_write_and_those_brought_over_are_marked(
    client: FlaskClient, session: Session, people: People, clock: Clock
) -> None:
    suspension.suspend(people.jonas.id, until=clock.now + DAY, reason="Rude words.", by=people.mo, now=clock.now)
    values = {"origin_url": "https://ai.stackexchange.com/users/7"}
    session.execute(update(User).where(User.id == people.marta.id).values(values))
    session.commit()
    words = plain(client.get("/people").text)
    assert "Jonas 1 · Newcomer · suspended · since 2025" in words
    assert "Marta 1 · Newcomer · brought over, since 2025" in words
    clock.now += DAY
    assert "suspended" not in plain(client.get("/people").text)


# --- addresses ----------------------------------------------------------------------------------------------------------


def test_a_person_has_one_address(client: FlaskClient, people: People) -> None:
    right = person_url(people.jonas.id, "Jonas")
    assert client.get(right).status_code == 200
    for wrong in (f"/people/{people.jonas.id}", f"/people/{people.jonas.id}/marta", f"/people/{people.jonas.id}/Jonas"):
        moved = client.get(f"{wrong}?tab=reputation")
        assert (moved.status_code, moved.location) == (301, f"{right}?tab=reputation")
    assert client.get("/people/4711/nobody").status_code == 404
    assert client.get("/people/99999999999").status_code == 404
    assert client.post(right).status_code == 405


@on_sqlite
@pytest.mark.parametrize("name", ["ليلى", "Standing", "İpek Ö", "O'Connell-Papadimitriou"])
def test_every_name_has_a_page(client: FlaskClient, session: Session, people: People, clock: Clock, name: str) -> None:
    """Also one in other letters, and one that another page is called by."""
    who = person(name, clock.now)
    session.add(who)
    session.commit()
    found = client.get(f"/people/{who.id}", follow_redirects=True)
    assert found.status_code == 200
    assert f"{name} · Bestbefore" in plain(found.text).replace("&#39;", "'")


# --- who they are -------------------------------------------------------------------------------------------------------


def test_who_somebody_is(app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    profiles.edit_profile("Ana Ruiz", "I **check** things. <script>alert(1)</script>", people.ana, clock.now)
    page = client.get(f"/people/{people.ana.id}", follow_redirects=True).text
    assert "<strong>check</strong>" in page
    assert "<script>alert" not in page
    words = plain(page)
    assert "Bestbefore Telecom staff" in words
    assert "here since 21 Nov 2025" in words
    assert "Expert in Expert in broadband until 21 Nov 2027" in words
    assert "Standing of" not in words
    assert "Standing of Ana Ruiz" in plain(browser(app, people.mo).get(f"/people/{people.ana.id}/ana-ruiz").text)
    session.refresh(people.ana)
    assert "Change your name" in plain(browser(app, people.ana).get(f"/people/{people.ana.id}/ana-ruiz").text)


@pytest.mark.parametrize(("role", "words"), [(Role.CUSTOMER, None), (Role.MODERATOR, "moderator"), (Role.ADMIN, "admin")])
@on_sqlite
def test_what_somebody_is_to_the_company(
    client: FlaskClient, session: Session, people: People, role: Role, words: str | None
) -> None:
    session.execute(update(User).where(User.id == people.jonas.id).values(role=role))
    session.commit()
    badge = f"Bestbefore Telecom {words}" if words else "Bestbefore Telecom"
    head = plain(client.get(f"/people/{people.jonas.id}/jonas").text.partition('<div class="who">')[2].partition("<ul")[0])
    assert (badge in head) is (words is not None)


def test_a_suspension_is_marked_and_ends_by_the_clock(client: FlaskClient, people: People, clock: Clock) -> None:
    suspension.suspend(people.jonas.id, until=clock.now + 3 * DAY, reason="Private words.", by=people.mo, now=clock.now)
    page = plain(client.get(f"/people/{people.jonas.id}/jonas").text)
    assert "Suspended until 24 Nov 2026 ." in page
    assert "Private words" not in page
    clock.now += 3 * DAY
    assert "Suspended" not in plain(client.get(f"/people/{people.jonas.id}/jonas").text)


def test_where_somebody_was_brought_over_from(client: FlaskClient, session: Session, people: People) -> None:
    values = {"origin_url": "https://www.ai.stackexchange.com/users/7", "email": None, "password_hash": None}
    session.execute(update(User).where(User.id == people.jonas.id).values(values))
    session.commit()
    page = client.get(f"/people/{people.jonas.id}/jonas").text
    assert (
        'brought over from <a href="https://www.ai.stackexchange.com/users/7" rel="nofollow noopener">ai.stackexchange.com</a>'
        in page
    )


def test_an_expert_s_time_is_up(client: FlaskClient, people: People, clock: Clock) -> None:
    assert "Expert in" in client.get(f"/people/{people.ana.id}/ana").text
    clock.forward(days=365)
    assert "Expert in" not in client.get(f"/people/{people.ana.id}/ana").text


# --- what they did ------------------------------------------------------------------------------------------------------


def test_answers_as_they_stand_today(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    ages = {"Fresh": 10, "Due": 100, "Expired": 500, "Archived": 20, "Removed": 5}
    ids = {}
    for name, age in ages.items():
        asked = clock.now - age * DAY
        ids[name] = answer(ask(people.marta, asked, title=f"{name} or not"), people.jonas, asked)
    acceptance.accept(ids["Fresh"], by=people.marta, now=clock.now - 10 * DAY)
    archive.archive(ids["Archived"], reason="over", by=people.mo, now=clock.now - DAY)
    removal.remove_answer(ids["Removed"], reason="wrong place", by=people.mo, now=clock.now)
    gone = ask(people.marta, clock.now - 4 * DAY, title="A removed question")
    answer(gone, people.jonas, clock.now - 4 * DAY)
    removal.remove_question(gone, reason="wrong place", by=people.mo, now=clock.now)
    votes.cast(1, answer_id=ids["Fresh"], by=people.ana, now=clock.now)
    page = client.get(f"/people/{people.jonas.id}/jonas").text
    assert [(row.title, row.ring, row.line) for row in rows(page)] == [
        ("Fresh or not", "fresh", "Good until 9 February 2027"),
        ("Archived or not", "archived", "Archived on 20 November"),
        ("Due or not", "due", "Past its date since 11 November"),
        ("Expired or not", "expired", "Expired on 7 October"),
    ]
    assert "Accepted" in rows(page)[0].text
    assert "1 vote" in rows(page)[0].text
    assert rows(page)[0].url.endswith(f"/fresh-or-not#answer-{ids['Fresh']}")
    clock.forward(days=80)
    assert rows(client.get(f"/people/{people.jonas.id}/jonas").text)[0].ring == "due"


def test_questions(client: FlaskClient, people: People, clock: Clock) -> None:
    accepted(people, clock.now)
    page = client.get(f"/people/{people.marta.id}/marta?tab=questions").text
    assert [(row.title, row.ring) for row in rows(page)] == [(TITLE, "fresh")]
    assert tabs(page).keys() == set(TABS.values())
    assert "0 answers 1 question 0 checks" in plain(page)


def test_checks(client: FlaskClient, people: People, clock: Clock) -> None:
    for verdict, note in (("right", ""), ("wrong", "It moved."), ("unsure", "")):
        _, answer_id = answered(people, clock.now)
        clock.forward(minutes=1)
        verification.verify(answer_id, verdict, note=note, release="4.2", by=people.ana, now=clock.now)
    shown = rows(client.get(f"/people/{people.ana.id}/ana?tab=checks").text)
    assert [(row.ring, row.text.partition(" on 4.2")[0]) for row in shown] == [
        ("fresh", "Could not tell"),
        ("expired", "Wrong"),
        ("fresh", "Still right"),
    ]


def test_the_first_tab_with_something_in_it(client: FlaskClient, people: People, clock: Clock) -> None:
    assert 'aria-current="page">Reputation' in client.get(f"/people/{people.marta.id}/marta").text
    answered(people, clock.now)
    assert 'aria-current="page">Questions' in client.get(f"/people/{people.marta.id}/marta").text
    assert 'aria-current="page">Answers' in client.get(f"/people/{people.jonas.id}/jonas?tab=nonsense").text


@pytest.mark.parametrize("tab", TABS)
def test_an_empty_tab_says_so(client: FlaskClient, people: People, tab: str) -> None:
    page = sign_in(client, people.jonas).get(f"/people/{people.jonas.id}/jonas?tab={tab}").text
    assert 'class="empty"' in page


def test_numbers_end_at_999(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    many(session, people, clock.now, 1001)
    page = plain(client.get(f"/people/{people.marta.id}/marta").text)
    assert "0 answers 999+ questions 0 checks" in page
    assert "751 answers 0 questions" in plain(client.get(f"/people/{people.jonas.id}/jonas").text)


def test_answers_and_questions_by_the_page(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    many(session, people, clock.now, 100)
    for who, tab, count in ((people.marta, "questions", 100), (people.jonas, "answers", 75)):
        onward = list(walk(client, f"/people/{who.id}/{who.name.lower()}?tab={tab}"))
        found = [row.url for page in onward for row in rows(page)]
        assert len(found) == len(set(found)) == count
        back = walk(client, str(link(onward[-1], "prev")), "prev")
        assert [titles(page) for page in back] == [titles(page) for page in reversed(onward[:-1])]
    lost = client.get(f"/people/{people.jonas.id}/jonas?tab=answers&before=0001-01-01T00:00:00Z.1")
    assert (lost.status_code, lost.location) == (303, f"/people/{people.jonas.id}/jonas?tab=answers")


# --- every point --------------------------------------------------------------------------------------------------------


def test_every_entry_in_words(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    """Each with a way to what it was for; and what was undone says what it had been."""
    _, answer_id = answered(people, clock.now)
    url = f"/people/{people.jonas.id}/jonas?tab=reputation"
    assert movements(client.get(url).text) == []
    votes.cast(1, answer_id=answer_id, by=people.ana, now=clock.forward(minutes=1))
    votes.cast(-1, answer_id=answer_id, by=people.mo, now=clock.forward(minutes=1))
    acceptance.accept(answer_id, by=people.marta, now=clock.forward(minutes=1))
    acceptance.withdraw(answer_id, by=people.marta, now=clock.forward(minutes=1))
    removal.remove_answer(answer_id, reason="not so", by=people.mo, now=clock.forward(minutes=1))
    away = movements(client.get(url).text)
    assert [line.partition(" · ")[0] for line in away[:2]] == [
        "+2 Taken back: answer voted down",
        "−10 Taken back: answer voted up",
    ]
    removal.restore_answer(answer_id, by=people.mo, now=clock.forward(minutes=1))
    page = client.get(url).text
    assert [line.partition(" · ")[0] for line in movements(page)] == [
        "−2 Given back: answer voted down",
        "+10 Given back: answer voted up",
        "+2 Taken back: answer voted down",
        "−10 Taken back: answer voted up",
        "−15 Taken back: answer accepted",
        "+15 Answer accepted",
        "−2 Answer voted down",
        "+10 Answer voted up",
    ]
    assert page.count(f"#answer-{answer_id}") == 8
    assert all(TITLE in line and "21 Nov 2026" in line for line in movements(page))
    total = sum(session.scalars(select(Entry.delta).where(Entry.user_id == people.jonas.id)))
    assert f"{points.STARTING_REPUTATION + total} reputation" in plain(page)


def test_what_the_daily_cap_kept_back(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    with_cap = points.DAILY_CAP // points.of("answer_upvoted") + 1
    for number in range(with_cap):
        _post(people.jonas, "answer_upvoted", f"test:{number}", clock)
    first = movements(client.get(f"/people/{people.jonas.id}/jonas?tab=reputation").text)[0]
    assert first == "+0 Answer voted up 10 more kept back by the daily cap 21 Nov 2026"


def _post(who: User, reason: str, cause: str, clock: Clock) -> None:
    with transaction() as session:
        ledger.post(session, [Posting(who.id, reason, cause)], clock.now)


def test_removed_posts_are_not_named(client: FlaskClient, people: People, clock: Clock) -> None:
    question_id, answer_id = accepted(people, clock.now)
    removal.remove_question(question_id, reason="private data", by=people.mo, now=clock.now)
    page = client.get(f"/people/{people.jonas.id}/jonas?tab=reputation").text
    assert TITLE not in page
    assert "+15 Answer accepted" in plain(page)
    removal.restore_question(question_id, by=people.mo, now=clock.now)
    removal.remove_answer(answer_id, reason="private data", by=people.mo, now=clock.now)
    page = client.get(f"/people/{people.jonas.id}/jonas?tab=reputation").text
    assert TITLE in page
    assert f"#answer-{answer_id}" not in page


def test_the_ledger_by_the_page(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    for number in range(120):
        if number % 3 == 0:
            clock.forward(minutes=1)
        _post(people.jonas, "still_right", f"test:{number}", clock)
    onward = list(walk(client, f"/people/{people.jonas.id}/jonas?tab=reputation"))
    assert [len(movements(page)) for page in onward] == [50, 50, 20]
    back = list(walk(client, str(link(onward[-1], "prev")), "prev"))
    assert [movements(page) for page in back] == [movements(page) for page in reversed(onward[:-1])]


@pytest.mark.parametrize("tab", TABS)
def test_few_statements(app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock, tab: str) -> None:
    """However much somebody has done."""
    ana = browser(app, people.ana)
    for count in (3, 27, 90):
        for number in range(count):
            moment = clock.forward(minutes=30)
            _, answer_id = answered(people, moment) if count < 90 and number < 3 else (0, 0)
            if answer_id:
                verification.verify(answer_id, "right", by=people.ana, now=moment)
            _post(people.jonas, "still_right", f"test:{count}:{number}", clock)
        many(session, people, clock.now, count)
        ana.get("/people")  # once in a while a visit is written down
        for who in (client, ana):
            for user in (people.jonas, people.marta, people.ana):
                with count_statements() as sent:
                    assert who.get(f"/people/{user.id}/{user.name.lower()}?tab={tab}&x={count}").status_code == 200
                own = who is ana and user is people.ana
                assert len(sent) == 4 + own + (own and tab == "checks") + 2 * (tab == "reputation")
    with count_statements() as sent:
        client.get("/people?x=1")
    assert len(sent) == 1


# --- never stale --------------------------------------------------------------------------------------------------------


def test_every_change_is_seen_at_once(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    """Each act is followed by a look at pages that were stored just before it."""
    tag_id = session.execute(select(Tag.id).where(Tag.name == "broadband")).scalar_one()

    def look(tab: str, who: User = people.jonas) -> str:
        for name in TABS:
            client.get(f"/people/{who.id}/{who.name.lower()}?tab={name}")
        return plain(client.get(f"/people/{who.id}/{who.name.lower()}?tab={tab}").text)

    look("answers")
    question_id, answer_id = answered(people, clock.now)
    assert TITLE in look("answers")
    assert "0 answers 1 question" in look("questions", people.marta)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=clock.now)
    assert "11 reputation" in look("answers")
    assert "1 vote" in look("answers")
    acceptance.accept(answer_id, by=people.marta, now=clock.now)
    assert "Accepted" in look("answers")
    assert "+15 Answer accepted" in look("reputation")
    assert "Solved" in look("questions", people.marta)
    words = "As I said before, it does."
    questions.edit(question_id, title="Another title for it", body=words, tags_text="broadband", by=people.marta, now=clock.now)
    assert all("Another title for it" in look(tab) for tab in ("answers", "reputation"))
    look("checks", people.ana)
    verification.verify(answer_id, "wrong", note="It moved.", by=people.ana, now=clock.now)
    assert "Wrong" in look("checks", people.ana)
    assert "Expired on" in look("answers")
    _, other = answered(people, clock.forward(minutes=1))
    look("checks", people.mo)
    verification.verify(other, "unsure", by=people.mo, now=clock.now)
    assert "Could not tell" in look("checks", people.mo)
    archive.archive(other, reason="over", by=people.mo, now=clock.now)
    assert "Archived on" in look("answers")
    look("answers")
    expertise.grant(people.jonas.id, tag_id, by=people.mo, now=clock.now)
    assert "Expert in" in look("answers")
    expertise.revoke(people.jonas.id, tag_id, by=people.mo, now=clock.now)
    assert "Expert in" not in look("answers")
    suspension.suspend(people.jonas.id, until=clock.now + DAY, reason="x", by=people.mo, now=clock.now)
    assert "Suspended until" in look("answers")
    suspension.lift(people.jonas.id, by=people.mo, now=clock.now)
    assert "Suspended until" not in look("answers")
    profiles.set_role(people.jonas.id, Role.STAFF, people.ada, clock.now)
    assert "Bestbefore Telecom staff" in look("answers")
    removal.remove_answer(other, reason="x", by=people.mo, now=clock.now)
    assert "1 answer " in look("answers")
    profiles.edit_profile("Jonas", "Hello **there**", session.merge(people.jonas), clock.now)
    assert "Hello there" in look("answers")
