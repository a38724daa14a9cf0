"""The inbox as a page: every kind in words, the way to the very post, and what marks as read."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from community import comments
from community.models import Notification
from community.moderation import removal
from community.notifications import inbox
from community.notifications.inbox import IMPERSONAL, KINDS
from tests.clock import Clock
from tests.pages.reading import link, plain, walk
from tests.people import People, sign_in
from tests.statements import count_statements
from tests.stories import TITLE, answered, browser

PLACES = {
    "digest": "The review queue",
    "search": "What was found for it",
    **dict.fromkeys(("badge", "badges", "badge_taken", "badge_given"), "Badges"),
    **dict.fromkeys(("trusted", "lapsing"), "What you may do"),
    **dict.fromkeys(("reward_ready", "reward_ending", "reward_lapsed"), "Your rewards"),
    **dict.fromkeys(("votes_reversed", "appeal_answered"), "Votes that were taken back"),
    **dict.fromkeys(("checks_warned", "checks_paused", "checks_cleared"), "Your checks"),
}
"""What entries lead to that are about no post."""
SLUG = "my-router-drops-the-wi-fi-every-evening"


def put(who: User, kind: str, clock: Clock, cause: str = "", **about: Any) -> int:  # noqa: ANN401 - the entry's own columns
    """Put an entry into somebody's inbox; its number."""
    with transaction() as session:
        inbox.put(session, [who.id], kind, cause or f"{kind}:{clock.now.timestamp()}", clock.now, **about)
        session.flush()
        return session.scalars(select(Notification.id).order_by(Notification.id.desc()).limit(1)).one()


def entries(page: str) -> list[str]:
    """The entries as they are shown, in order."""
    found = page.partition('<ul class="inbox">')[2].partition("</ul>")[0]
    return [plain("<li" + part) for part in found.split("<li")[1:]]


def unread(session: Session, who: User) -> tuple[int, int]:
    """The count kept with the person, and the count of their entries."""
    session.rollback()
    kept = session.execute(select(User.unread_count).where(User.id == who.id)).scalar_one()
    there = session.scalars(select(Notification.id).where(Notification.user_id == who.id, Notification.read_at.is_(None))).all()
    return kept, len(there)


@pytest.fixture
def marta(client: FlaskClient, people: People) -> FlaskClient:
    """Marta's browser."""
    return sign_in(client, people.marta)


def test_an_empty_inbox(marta: FlaskClient) -> None:
    page = marta.get("/inbox").text
    assert "Nothing has happened yet" in page
    assert "Mark all as read" not in page


def test_it_is_nobody_else_s(client: FlaskClient, people: People) -> None:
    away = client.get("/inbox")
    assert (away.status_code, away.location) == (303, "/sign-in?next=/inbox")
    for path in ("/inbox/read", "/inbox/1/read"):
        assert client.post(path).status_code == 401
        assert client.get(path).status_code in (404, 405)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_in_words(marta: FlaskClient, people: People, clock: Clock, kind: str) -> None:
    question_id, answer_id = answered(people, clock.now)
    put(people.marta, kind, clock, actor_id=people.ana.id, question_id=question_id, answer_id=answer_id, text="It moved.")
    (entry,) = entries(marta.get("/inbox").text)
    words = KINDS[kind]
    sentence = words[:1].upper() + words[1:] if kind in IMPERSONAL else f"Ana {words}"
    initials = "" if kind in IMPERSONAL else "A "
    assert entry == f"{initials}New: {sentence} 21 Nov 2026 It moved. {PLACES.get(kind, TITLE)}"


def test_what_the_clock_did_has_no_name(marta: FlaskClient, people: People, clock: Clock) -> None:
    question_id, answer_id = answered(people, clock.now)
    put(people.marta, "expired", clock, question_id=question_id, answer_id=answer_id)
    put(people.marta, "closed", clock, question_id=question_id)
    closed, expired = entries(marta.get("/inbox").text)
    assert expired.startswith("New: An answer you relied on has expired")
    assert closed.startswith("New: Somebody closed your question")


@pytest.mark.parametrize("on", ["question", "answer", "comment"])
def test_opening_an_entry_marks_it_and_leads_to_the_very_post(
    marta: FlaskClient, session: Session, people: People, clock: Clock, on: str
) -> None:
    question_id, answer_id = answered(people, clock.now)
    comment_id = comments.add(body="Which firmware?", answer_id=answer_id, by=people.ana, now=clock.now)
    about: dict[str, Any] = {"question_id": question_id}
    about |= {"answer_id": answer_id} if on != "question" else {}
    about |= {"comment_id": comment_id} if on == "comment" else {}
    number = put(people.marta, "commented", clock, actor_id=people.ana.id, **about)
    page = marta.get("/inbox").text
    assert f'action="/inbox/{number}/read"' in page
    assert unread(session, people.marta) == (1, 1)
    opened = marta.post(f"/inbox/{number}/read")
    ends = {"question": "", "answer": f"#answer-{answer_id}", "comment": f"#c{comment_id}"}
    assert (opened.status_code, opened.location) == (303, f"/questions/{question_id}/{SLUG}{ends[on]}")
    assert unread(session, people.marta) == (0, 0)
    page = marta.get("/inbox").text
    assert f'href="{opened.location}"' in page
    assert 'class="new"' not in page
    assert marta.post(f"/inbox/{number}/read").location == opened.location
    assert unread(session, people.marta) == (0, 0)


def test_what_is_gone_is_not_linked(marta: FlaskClient, people: People, clock: Clock) -> None:
    question_id, answer_id = answered(people, clock.now)
    comment_id = comments.add(body="Which firmware?", answer_id=answer_id, by=people.ana, now=clock.now)
    about: dict[str, Any] = {"question_id": question_id, "answer_id": answer_id, "comment_id": comment_id}
    number = put(people.marta, "commented", clock, actor_id=people.ana.id, **about)
    marta.post(f"/inbox/{number}/read")

    def address() -> str:
        return marta.get("/inbox").text.partition('class="lk" href="')[2].partition('"')[0]

    assert address().endswith(f"#c{comment_id}")
    removal.remove_comment(comment_id, reason="x", by=people.mo, now=clock.now)
    assert address().endswith(f"#answer-{answer_id}")
    removal.remove_answer(answer_id, reason="x", by=people.mo, now=clock.now)
    assert address() == f"/questions/{question_id}/{SLUG}"
    removal.remove_question(question_id, reason="x", by=people.mo, now=clock.now)
    assert address() == ""
    assert TITLE not in marta.get("/inbox").text
    assert marta.post(f"/inbox/{number}/read").location == "/inbox"


def test_an_entry_that_leads_nowhere_can_be_marked(marta: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    number = put(people.marta, "suspended", clock, actor_id=people.mo.id, text="Rude words.")
    assert "Mark as read" in marta.get("/inbox").text
    assert marta.post(f"/inbox/{number}/read").location == "/inbox"
    assert unread(session, people.marta) == (0, 0)


def test_mark_all_as_read(marta: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    question_id, _ = answered(people, clock.now)
    for number in range(3):
        put(people.marta, "mentioned", clock, f"cause:{number}", actor_id=people.ana.id, question_id=question_id)
    put(people.jonas, "mentioned", clock, "cause", actor_id=people.ana.id, question_id=question_id)
    page = marta.get("/inbox").text
    assert "Mark all as read" in page
    assert "Inbox (3) · Bestbefore" in page
    done = marta.post("/inbox/read")
    assert (done.status_code, done.location) == (303, "/inbox")
    assert unread(session, people.marta) == (0, 0)
    assert unread(session, people.jonas) == (1, 1)
    assert marta.post("/inbox/read", headers={"Accept": "application/json"}).get_json() == {"unread": 0}


def test_looking_changes_nothing(marta: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    put(people.marta, "suspended", clock, actor_id=people.mo.id)
    marta.get("/inbox")
    marta.get("/inbox")
    assert unread(session, people.marta) == (1, 1)


def test_somebody_else_s_entry(app: Flask, marta: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    number = put(people.jonas, "suspended", clock, actor_id=people.mo.id)
    assert marta.post(f"/inbox/{number}/read").status_code == 404
    assert marta.post("/inbox/4711/read").status_code == 404
    assert marta.post("/inbox/99999999999/read").status_code == 404
    assert unread(session, people.jonas) == (1, 1)
    assert entries(marta.get("/inbox").text) == []
    assert len(entries(browser(app, people.jonas).get("/inbox").text)) == 1


def test_a_note_is_text(marta: FlaskClient, people: People, clock: Clock) -> None:
    put(people.marta, "suspended", clock, actor_id=people.mo.id, text="<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in marta.get("/inbox").text


def test_by_the_page(marta: FlaskClient, people: People, clock: Clock) -> None:
    for number in range(90):
        put(people.marta, "mentioned", clock, f"cause:{number}", actor_id=people.ana.id, text=f"number {number}")
    onward = list(walk(marta, "/inbox"))
    shown = [entry.partition("number ")[2].split()[0] for page in onward for entry in entries(page)]
    assert shown == [str(number) for number in range(89, -1, -1)]
    assert [len(entries(page)) for page in onward] == [40, 40, 10]
    back = list(walk(marta, str(link(onward[-1], "prev")), "prev"))
    assert [entries(page) for page in back] == [entries(page) for page in reversed(onward[:-1])]
    for wrong in ("before=x", "before=-1", "after=999999999999999"):
        assert entries(marta.get(f"/inbox?{wrong}").text) == entries(onward[0])
    assert marta.get("/inbox?before=0").location == "/inbox"


def test_two_statements(marta: FlaskClient, people: People, clock: Clock) -> None:
    for count in (3, 30, 120):
        for number in range(count):
            put(people.marta, "mentioned", clock, f"cause:{count}:{number}", actor_id=people.ana.id)
        with count_statements() as sent:
            assert marta.get("/inbox").status_code == 200
        assert len(sent) == 2  # who is signed in, and the entries


def test_every_kind_that_handlers_use_has_words() -> None:
    assert set(IMPERSONAL) <= set(KINDS)
    assert all(words == words.strip() and not words.endswith(".") for words in KINDS.values())
