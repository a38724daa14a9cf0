"""A reader's word on an answer: it works, it no longer works, please have it checked. Signed in or not."""

import html
import ipaddress
import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, Invalid
from app.security import SESSION_COOKIE
from community.freshness import archive, signals
from community.freshness.queue import needs_check
from community.freshness.verification import verify
from community.models import Answer, AnswerBelief, Signal
from community.moderation import removal
from community.views.signals import network_mark
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import People
from tests.stories import INTERVAL, answered, browser, person_here, reload_answer

SCRIPT = {"Accept": "application/json"}


def stored(session: Session) -> list[Signal]:
    session.rollback()
    return list(session.scalars(select(Signal).order_by(Signal.id)))


def counts(session: Session, answer_id: int) -> tuple[int, int, int]:
    answer = reload_answer(session, answer_id)
    return answer.works_count, answer.broken_count, answer.check_count


# --- signed in ----------------------------------------------------------------------------------------------------------


def test_marta_says_it_works(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    marta = browser(app, people.marta)
    done = marta.post(f"/answers/{answer_id}/signals", data={"kind": "works", "release": "4.2"}, headers=SCRIPT)
    more = f"/answers/{answer_id}/signals/more"
    assert (done.status_code, done.json) == (200, {"works": 1, "broken": 0, "mine": "works", "more": more})
    (signal,) = stored(session)
    assert (signal.user_id, signal.network_mark, signal.kind, signal.release) == (people.marta.id, None, "works", "4.2")
    page = marta.get(f"/answers/{answer_id}", follow_redirects=True).text
    assert '<button class="b" name="kind" value="works" aria-pressed="true">' in page
    assert f'href="{more}"' in page
    assert 'aria-pressed="true">Works for me' not in client.get(f"/answers/{answer_id}", follow_redirects=True).text


def test_without_scripts_it_comes_back_to_the_answer(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    done = browser(app, people.marta).post(f"/answers/{answer_id}/signals", data={"kind": "works"})
    assert done.status_code == 303
    assert done.location.endswith(f"#answer-{answer_id}")


@pytest.mark.parametrize("signed_in", [True, False])
def test_who_says_that_it_no_longer_works_is_asked_what(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime, signed_in: bool
) -> None:
    _, answer_id = answered(people, now)
    where = f"/answers/{answer_id}/signals"
    reader = browser(app, people.marta if signed_in else None)
    said = reader.post(where, data={"kind": "broken"})
    assert (said.status_code, said.location) == (303, f"{where}/more")
    assert counts(session, answer_id) == (0, 1, 0), "it counts already"
    asked = reader.get(said.location)
    assert "What no longer works?" in asked.text
    assert "Set-Cookie" not in asked.headers
    refused = reader.post(where, data={"kind": "broken", "more": "1", "release": "4.2", "note": "x" * 2001})
    assert refused.status_code == 422
    assert 'value="4.2"' in refused.text
    assert "x" * 2001 in refused.text, "nothing typed is lost"
    done = reader.post(where, data={"kind": "broken", "more": "1", "release": "4.2", "note": "The menu is gone"})
    assert done.location.endswith(f"#answer-{answer_id}")
    reader.post(where, data={"kind": "broken", "more": "1", "release": "4.3"})
    (signal,) = stored(session)
    assert (signal.kind, signal.release, signal.note) == ("broken", "4.3", "The menu is gone")
    assert counts(session, answer_id) == (0, 1, 0)
    again = reader.get(f"{where}/more").text
    assert ("The menu is gone" in again) == signed_in, "what a visitor said is told to nobody"
    assert "The menu is gone" not in client.get(f"{where}/more").text
    assert reader.post(f"{where}?_method=DELETE").status_code == 303
    assert stored(session) == []


def test_where_more_can_be_said(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    assert browser(app, people.jonas).get(f"/answers/{answer_id}/signals/more").status_code == 403
    assert client.get("/answers/99/signals/more").status_code == 404
    assert client.post(f"/answers/{answer_id}/signals/more").status_code == 405
    assert "On what does it work?" in client.get(f"/answers/{answer_id}/signals/more?kind=works").text
    unsaid = browser(app, people.marta).get(f"/answers/{answer_id}/signals/more").text
    assert "Your word counts when you send it." in unsaid
    assert "Take my word back" not in unsaid
    removal.remove_answer(answer_id, reason="Wrong place", by=people.mo, now=now)
    assert client.get(f"/answers/{answer_id}/signals/more").status_code == 410


# --- comments that say it is outdated -----------------------------------------------------------------------------------


def test_a_comment_that_sounds_outdated_is_offered_as_a_report(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id, answer_id = answered(people, now)
    marta = browser(app, people.marta)
    comments = f"/answers/{answer_id}/comments"
    posted = marta.post(comments, data={"body": "This doesn’t work any more on 4.3."})
    offer = re.fullmatch(r"/comments/(\d+)/report", posted.location)
    assert offer
    asked = marta.get(posted.location).text
    assert "sounds as if this answer is out of date" in asked
    assert stored(session) == [], "never counted silently"
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked))
    fields["note"] = html.unescape(fields["note"])
    assert marta.post(f"/answers/{answer_id}/signals", data=fields).status_code == 303
    (signal,) = stored(session)
    assert (signal.kind, signal.user_id) == ("broken", people.marta.id)
    assert signal.note.startswith("“This doesn’t work any more on 4.3.” (in a comment: /questions/")
    assert signal.note.endswith(f"#c{offer[1]})")
    there = marta.get(posted.location)
    assert (there.status_code, there.location.endswith(f"#c{offer[1]}")) == (303, True), "it is reported"
    assert marta.post(comments, data={"body": "Still outdated"}).location.endswith("#c2"), "not twice in a round"
    # To nobody else, and about nothing else.
    for who in (people.mo, None):
        assert browser(app, who).get(posted.location).status_code == 303
    assert "#c" in browser(app, people.mo).post(comments, data={"body": "Works here, thank you"}).location
    assert "#c" in browser(app, people.jonas).post(comments, data={"body": "My own is outdated"}).location
    assert "#c" in browser(app, people.mo).post(f"/questions/{question_id}/comments", data={"body": "This is outdated"}).location
    assert client.get("/comments/99/report").status_code == 404
    verify(answer_id, "right", by=people.ana, now=now)
    assert marta.post(comments, data={"body": "And now it is obsolete"}).location.endswith("/report"), "a new round"


def test_another_word_takes_the_place_of_the_first(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    assert signals.say(answer_id, "works", by=people.marta, now=now)
    assert not signals.say(answer_id, "works", by=people.marta, now=now)
    assert counts(session, answer_id) == (1, 0, 0)
    assert signals.say(answer_id, "broken", by=people.marta, now=now)
    assert counts(session, answer_id) == (0, 1, 0)
    assert len(stored(session)) == 1


def test_a_word_can_be_taken_back(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    marta = browser(app, people.marta)
    marta.post(f"/answers/{answer_id}/signals", data={"kind": "broken"})
    back = marta.delete(f"/answers/{answer_id}/signals", headers=SCRIPT)
    assert back.json == {"works": 0, "broken": 0, "mine": ""}
    assert stored(session) == []
    assert not signals.withdraw(answer_id, by=people.marta, now=now)


def test_the_state_is_not_moved_but_the_queue_hears_of_it(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    before = reload_answer(session, answer_id)
    dates = (before.state, before.best_before_at, before.expires_at)
    waiting = select(Answer.id).where(needs_check(now))
    assert session.scalars(waiting).all() == []
    signals.say(answer_id, "check", by=people.marta, now=now)
    after = reload_answer(session, answer_id)
    assert (after.state, after.best_before_at, after.expires_at) == dates
    assert session.scalars(waiting).all() == [answer_id]


def test_due_answers_can_be_asked_to_be_checked(
    app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    _, answer_id = answered(people, clock.now)
    where = f"/answers/{answer_id}"
    assert "Ask to have it checked" not in client.get(where, follow_redirects=True).text, "it is fresh"
    clock.forward(days=91)
    assert "Ask to have it checked" in client.get(where, follow_redirects=True).text
    marta = browser(app, people.marta)
    assert marta.post(f"{where}/signals", data={"kind": "check"}).status_code == 303
    assert counts(session, answer_id) == (0, 0, 1)
    assert "You asked to have it checked" in marta.get(where, follow_redirects=True).text
    assert "Ask to have it checked" not in browser(app, people.jonas).get(where, follow_redirects=True).text, "his own"


def test_a_banner_says_how_many_find_it_broken(app: Flask, client: FlaskClient, people: People, clock: Clock) -> None:
    _, answer_id = answered(people, clock.now)
    now = clock.forward(days=91)
    where = f"/answers/{answer_id}"
    assert "nobody has vouched for it since 21 November 2026" in client.get(where, follow_redirects=True).text
    signals.say(answer_id, "broken", by=people.marta, now=now)
    assert "1 person says it no longer works" in client.get(where, follow_redirects=True).text
    signals.say(answer_id, "broken", by=people.ana, now=now)
    assert "2 people say it no longer works" in client.get(where, follow_redirects=True).text


def test_a_check_begins_a_new_round(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    signals.say(answer_id, "works", by=people.marta, now=now)
    signals.say(answer_id, "broken", by=people.mo, now=now)
    verify(answer_id, "right", by=people.ana, now=now)
    assert counts(session, answer_id) == (1, 0, 0), "who said it works goes on counting"
    assert signals.say(answer_id, "broken", by=people.marta, now=now), "a new word in a new round"
    assert len(stored(session)) == 3


# --- not signed in ------------------------------------------------------------------------------------------------------


def test_who_is_not_signed_in_counts_once_and_leaves_no_address(
    app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    _, answer_id = answered(people, clock.now)
    for _ in range(2):
        done = client.post(f"/answers/{answer_id}/signals", data={"kind": "works"})
        assert done.status_code == 303
        assert "Set-Cookie" not in done.headers
    (signal,) = stored(session)
    assert signal.user_id is None
    assert signal.network_mark is not None
    assert len(signal.network_mark) == 64
    assert "127.0.0.1" not in signal.network_mark
    assert counts(session, answer_id) == (1, 0, 0)
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    client.post(f"/answers/{answer_id}/signals", data={"kind": "works"}, environ_overrides=elsewhere)
    assert counts(session, answer_id) == (2, 0, 0)
    assert client.delete(f"/answers/{answer_id}/signals", environ_overrides=elsewhere).status_code == 303
    assert counts(session, answer_id) == (1, 0, 0)


def test_a_page_looks_the_same_to_who_has_said_something(client: FlaskClient, app: Flask, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    client.post(f"/answers/{answer_id}/signals", data={"kind": "works"})
    url = f"/questions/{question_id}/my-router-drops-the-wi-fi-every-evening"
    assert client.get(url).data == browser(app).get(url).data
    assert client.get_cookie(SESSION_COOKIE) is None


def test_a_household_of_many_addresses_counts_once(client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    network = ipaddress.ip_network("2001:db8:1:2::/64")
    for host in (1, 77, 2**63):
        address = str(network.network_address + host)
        client.post(f"/answers/{answer_id}/signals", data={"kind": "works"}, environ_overrides={"REMOTE_ADDR": address})
    assert len(stored(session)) == 1


def test_a_mark_is_of_a_month_and_of_a_secret(now: datetime) -> None:
    mark = network_mark("198.51.100.7", "secret", now)
    assert mark == network_mark("198.51.100.7", "secret", now.replace(day=1))
    others = {
        network_mark("198.51.100.7", "secret", now + timedelta(days=30)),
        network_mark("198.51.100.7", "another secret", now),
        network_mark("198.51.100.8", "secret", now),
    }
    assert len(others) == 3
    assert mark not in others


@on_sqlite
def test_words_are_limited(client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    statuses = [client.post(f"/answers/{answer_id}/signals", data={"kind": "works"}).status_code for _ in range(31)]
    assert statuses == [303] * 30 + [429]


# --- refused ------------------------------------------------------------------------------------------------------------


def test_what_is_refused(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    own = browser(app, people.jonas).post(f"/answers/{answer_id}/signals", data={"kind": "works"}, headers=SCRIPT)
    assert (own.status_code, own.json) == (403, {"error": "It is your own answer, so your word on it cannot count."})
    assert client.post(f"/answers/{answer_id}/signals", data={"kind": "great"}).status_code == 422
    assert client.post(f"/answers/{answer_id}/signals").status_code == 422
    assert client.post("/answers/99/signals", data={"kind": "works"}).status_code == 404
    assert client.get(f"/answers/{answer_id}/signals").status_code == 405
    with pytest.raises(Forbidden):
        signals.say(answer_id, "broken", by=people.jonas, now=now)
    with pytest.raises(Invalid):
        signals.say(answer_id, "works", note="x" * 2001, by=people.marta, now=now)
    with pytest.raises(ValueError, match="network mark"):
        signals.say(answer_id, "works", now=now)
    assert stored(session) == []
    archive.archive(answer_id, reason="Sold out", by=people.mo, now=now)
    with pytest.raises(Conflict, match="archived"):
        signals.say(answer_id, "works", by=people.marta, now=now)
    removal.remove_answer(answer_id, reason="Wrong place", by=people.mo, now=now)
    assert client.post(f"/answers/{answer_id}/signals", data={"kind": "works"}).status_code == 410


# --- at once ------------------------------------------------------------------------------------------------------------


def test_one_person_in_twenty_windows_has_one_word(app: Flask, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    marta_id = people.marta.id
    session.rollback()
    kinds = ("works", "broken", "check")
    results = at_once(app, 21, lambda n: signals.say(answer_id, kinds[n % 3], by=person_here(marta_id), now=now))
    assert [result for result in results if not isinstance(result, bool)] == []
    (signal,) = stored(session)
    expected = tuple(int(signal.kind == kind) for kind in kinds)
    assert counts(session, answer_id) == expected
    row = session.get_one(AnswerBelief, answer_id, populate_existing=True)
    heard = {"works": (0.0, signal.weight), "broken": (signal.weight, 0.0), "check": (0.0, 0.0)}[signal.kind]
    assert (row.bad, row.ok) == pytest.approx(heard), "what was said before it is taken back whole"


def test_one_network_in_twenty_windows_has_one_word(app: Flask, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    session.rollback()
    results = at_once(app, 20, lambda _: signals.say(answer_id, "broken", network_mark="m" * 64, now=now))
    assert results.count(True) == 1
    assert counts(session, answer_id) == (0, 1, 0)


def test_words_do_not_bring_an_expired_answer_back(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    late = now + INTERVAL + timedelta(days=366)
    for mark in ("a", "b", "c"):
        signals.say(answer_id, "works", network_mark=mark * 64, now=late)
    assert reload_answer(session, answer_id).state == "expired"
