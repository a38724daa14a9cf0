"""What follows from what an answer is: its place on the page, its mark for machines, search, who hears of it, where its address
leads."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import outbox
from app.db import transaction
from app.jobs import AFTER_COMMIT
from app.outbox import OutboxMessage
from community import acceptance, answers, interest, reach
from community.freshness import archive, evidence, night, signals
from community.freshness.evidence import Happening
from community.freshness.sweep import sweep
from community.freshness.verification import verify
from community.models import Answer, Notification
from community.moderation import removal, tag_policy
from community.moderation.tag_policy import Change
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.pages.reading import plain
from tests.people import People, make_expert
from tests.search.site import Site
from tests.stories import ANSWER, answer, answered, ask, browser, life, make_tag, reload_answer, reputation, told

URL = "/questions/1/my-router-drops-the-wi-fi-every-evening"
DAY = timedelta(days=1)
LIVES = {"fresh": 0, "due": 100, "expired": 600}
"""Days after which an answer under `router`, accepted on its first day, is in that state."""


def by_belief(session: Session, people: People, clock: Clock, **policy: object) -> tuple[int, int]:
    """An answer whose dates follow its belief, accepted yesterday: what readers say on one day is weighed together."""
    make_tag(session, "router", clock.now, freshness="belief", **policy)
    question_id = ask(people.marta, clock.now, tags_text="router")
    answer_id = answer(question_id, people.jonas, clock.now)
    acceptance.accept(answer_id, by=people.marta, now=clock.now)
    clock.forward(days=1)
    return question_id, answer_id


def shake(answer_id: int, kappa: float, now: datetime) -> None:
    """A release makes the answer doubtful at once."""
    with transaction() as session:
        found, question = reach.answer(session, answer_id)
        evidence.release(session, found, question, kappa, Happening("release", "a new firmware"), 0, now)


def for_machines(page: str) -> dict[str, int]:
    """How many answers the page's markup calls accepted and suggested."""
    assert 'itemtype="https://schema.org/QAPage"' in page
    return {name: page.count(f'itemprop="{name}"') for name in ("acceptedAnswer", "suggestedAnswer")}


def heard(session: Session, clock: Clock, *kinds: str) -> list[tuple[int, str]]:
    """Who was told what of these kinds, in order, once the worker has done its work."""
    while outbox.drain(AFTER_COMMIT, clock.now):
        pass
    session.rollback()
    rows = session.scalars(select(Notification).where(Notification.kind.in_(kinds)))
    return sorted((row.user_id, row.kind) for row in rows)


# --- the page, machines, lists, search ----------------------------------------------------------------------------------


def test_the_whole_life_of_an_accepted_answer(
    app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    """Solved, past its date, in need of a current answer, and solved again by one check; its author keeps every point."""
    _, answer_id = by_belief(session, people, clock)
    points = reputation(session, people.jonas)
    begin = clock.now

    def needs_one() -> bool:
        return URL in client.get("/?tab=stale").text

    assert for_machines(client.get(URL).text) == {"acceptedAnswer": 1, "suggestedAnswer": 0}
    assert "Solved</b>" in client.get(URL).text
    assert not needs_one()
    clock.now = begin + LIVES["due"] * DAY
    for _ in range(2):
        page = client.get(URL).text
        assert for_machines(page) == {"acceptedAnswer": 1, "suggestedAnswer": 0}, "kept, with the banner"
        assert 'class="ans due"' in page
        assert "Still works" in page
        sweep(clock.now)
    assert not needs_one()
    clock.now = begin + LIVES["expired"] * DAY
    for _ in range(2):
        page = client.get(URL).text
        assert for_machines(page) == {"acceptedAnswer": 0, "suggestedAnswer": 0}
        assert "Needs a current answer</b>" in page
        assert '<details class="ans expired"' in page
        assert needs_one(), "whether the sweep has come by or not"
        sweep(clock.now)
    verify(answer_id, "right", by=people.ana, now=clock.now)
    assert for_machines(client.get(URL).text) == {"acceptedAnswer": 1, "suggestedAnswer": 0}
    assert "Solved</b>" in client.get(URL).text
    assert not needs_one()
    assert reputation(session, people.jonas) >= points


def refuted(answer_id: int, people: People, now: datetime) -> None:
    shake(answer_id, 0.9, now)


def found_wrong(answer_id: int, people: People, now: datetime) -> None:
    verify(answer_id, "wrong", note="The menu moved.", by=people.ana, now=now)


def archived(answer_id: int, people: People, now: datetime) -> None:
    archive.archive(answer_id, reason="Sold out", by=people.mo, now=now)


@pytest.mark.parametrize("lost_by", [refuted, found_wrong, archived])
def test_however_it_is_lost_the_pin_the_mark_and_the_search_hit_go_at_once(
    client: FlaskClient,
    people: People,
    session: Session,
    clock: Clock,
    lost_by: Callable[[int, People, datetime], None],
) -> None:
    question_id, answer_id = by_belief(session, people, clock)
    other = answer(question_id, people.ana, clock.now, body="Set the splitter apart from the power line.")
    site = Site(people, clock.now)
    assert [hit.answer_id for hit in site.search("channel")] == [answer_id]
    points = reputation(session, people.jonas)
    lost_by(answer_id, people, clock.now)
    page = client.get(URL).text
    assert for_machines(page) == {"acceptedAnswer": 0, "suggestedAnswer": 1}
    assert page.index(f'id="answer-{other}"') < page.index(f'id="answer-{answer_id}"')
    assert "Accepted</strong>" not in page
    assert site.find("channel") == []
    assert site.find(f"channel is:{'archived' if lost_by is archived else 'expired'}") == [question_id]
    assert reputation(session, people.jonas) == points, "what it has earned stays"


@on_sqlite
def test_past_its_date_an_answer_is_found_later(people: People, session: Session, clock: Clock) -> None:
    make_tag(session, "router", clock.now, freshness="belief")
    site = Site(people, clock.now)
    old, new = (site.ask("The box loses its line at night", tags="router") for _ in range(2))
    first = site.answer(old, "Change the microfilter behind the socket.")
    second = site.answer(new, "Change the microfilter behind the socket.")
    before = site.find("microfilter")
    for answer_id, question_id in ((first, old), (second, new)):
        clock.forward(hours=1)
        shake(answer_id, 0.2, clock.now)
        site.now = clock.now
        assert site.find("microfilter")[-1] == question_id, "the doubted one comes last"
        verify(answer_id, "right", by=people.ana, now=clock.now)
        assert set(site.find("microfilter")) == set(before)


def test_whatever_changes_a_state_is_told_to_search_and_stored_pages(people: People, session: Session, clock: Clock) -> None:
    question_id, answer_id = by_belief(session, people, clock)
    make_expert(session, people.mo, "router", clock.now)
    session.commit()

    def mo_says(kind: str) -> None:
        signals.say(answer_id, kind, by=people.mo, now=clock.now)

    def policy() -> None:
        tag_policy.change(2, Change(20, 30, None), by=people.mo, now=clock.now)
        while outbox.drain(AFTER_COMMIT, clock.now):
            pass

    steps: list[tuple[str, Callable[[], object]]] = [
        ("due", lambda: shake(answer_id, 0.2, clock.now)),
        ("fresh", lambda: verify(answer_id, "right", by=people.ana, now=clock.now)),
        ("due", lambda: sweep(clock.forward(days=100))),
        ("fresh", lambda: mo_says("works")),
        ("due", lambda: mo_says("broken")),
        ("expired", lambda: sweep(clock.forward(days=366))),
        ("fresh", lambda: verify(answer_id, "repaired", body=f"{ANSWER} And restart.", by=people.ana, now=clock.now)),
        ("expired", lambda: verify(answer_id, "wrong", note="No.", by=people.mo, now=clock.forward(days=4))),
        ("archived", lambda: archive.archive(answer_id, reason="Old", by=people.mo, now=clock.now)),
        ("due", lambda: archive.restore(answer_id, by=people.mo, now=clock.now)),
        ("expired", lambda: shake(answer_id, 0.95, clock.now)),
        ("fresh", lambda: verify(answer_id, "right", by=people.ana, now=clock.now)),
    ]
    assert reload_answer(session, answer_id).state == "fresh"
    for number, (state, act) in enumerate(steps):
        session.execute(delete(OutboxMessage))
        session.commit()
        act()
        assert reload_answer(session, answer_id).state == state, number
        assert {"question_id": question_id} in told(session, "question.changed"), number


# --- who hears of it ----------------------------------------------------------------------------------------------------


def test_who_relied_on_it_hears_once_a_round_however_often_it_expires(people: People, session: Session, clock: Clock) -> None:
    """Expired by evidence, brought back by two readers, expired again, and then found wrong: one round, one entry each."""
    question_id, answer_id = by_belief(session, people, clock)
    interest.follow(question_id, by=people.mo, now=clock.now)
    signals.say(answer_id, "works", by=people.ada, now=clock.now)
    relied = sorted((people.marta.id, people.mo.id, people.ada.id))
    shake(answer_id, 0.95, clock.forward(days=10))
    assert reload_answer(session, answer_id).state == "expired"
    everybody = [(one, "expired") for one in sorted([*relied, people.jonas.id])]
    assert heard(session, clock, "expired") == everybody
    session.execute(update(Answer).where(Answer.id == answer_id).values(state="fresh", expires_at=clock.now + 99 * DAY))
    session.execute(update(Answer).where(Answer.id == answer_id).values(best_before_at=clock.now + 9 * DAY))
    session.commit()
    shake(answer_id, 0.95, clock.forward(days=1))
    assert reload_answer(session, answer_id).state == "expired"
    assert heard(session, clock, "expired") == everybody, "the round is the same"
    verify(answer_id, "wrong", note="It bricks the box.", by=people.ana, now=clock.now)
    clock.forward(hours=1)
    assert heard(session, clock, "expired", "found_wrong") == sorted([*everybody, (people.jonas.id, "found_wrong")])
    verify(answer_id, "right", by=people.mo, now=clock.forward(days=4))
    clock.forward(days=900)
    sweep(clock.now)
    assert heard(session, clock, "expired") == sorted(everybody * 2), "in its next life they hear of it again"


def test_what_a_verb_finds_expired_is_told_as_if_the_sweep_had(people: People, session: Session, clock: Clock) -> None:
    """Somebody comes between the deadline and the sweep; and who checks it in that moment spares everybody the news."""
    _, answer_id = answered(people, clock.now)
    _, other = answered(people, clock.now)
    clock.forward(days=500)
    signals.say(answer_id, "broken", by=people.mo, now=clock.now)
    verify(other, "right", by=people.ana, now=clock.now)
    assert heard(session, clock, "expired") == sorted([(people.marta.id, "expired"), (people.jonas.id, "expired")])


def test_an_archived_answer_is_told_once_with_the_way_on(
    app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    """Whatever is named as its successor later, the entry leads there."""
    question_id, answer_id = answered(people, clock.now)
    successor = answer(question_id, people.ana, clock.now)
    archive.archive(answer_id, reason="Old", by=people.mo, now=clock.now)
    archive.archive(answer_id, reason="", successor_id=successor, by=people.ana, now=clock.forward(days=1))
    both = sorted([(people.marta.id, "archived"), (people.jonas.id, "archived"), (people.ana.id, "archived")])
    assert heard(session, clock, "archived") == both
    entry = session.scalars(
        select(Notification).where(Notification.kind == "archived", Notification.user_id == people.marta.id)
    ).one()
    marta = browser(app, people.marta)
    led = marta.post(f"/inbox/{entry.id}/read")
    assert led.location == f"/answers/{answer_id}"
    assert marta.get(led.location).location == f"{URL}#answer-{successor}"


# --- strict tags --------------------------------------------------------------------------------------------------------


def test_where_a_stale_answer_harms_past_its_date_is_expired_at_once(
    client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    _, answer_id = by_belief(session, people, clock, grace_days=0)
    best_before = reload_answer(session, answer_id).best_before_at
    clock.now = best_before - timedelta(seconds=1)
    assert 'class="ans fresh"' in client.get(URL).text
    clock.now = best_before
    page = client.get(URL).text
    assert '<details class="ans expired"' in page
    assert "Past its date" not in plain(page.partition('<div class="ah">')[0])
    assert for_machines(page) == {"acceptedAnswer": 0, "suggestedAnswer": 0}
    assert sweep(clock.now).expired == 1
    assert [event for _, event, _, _ in life(session, answer_id)][-2:] == ["best_before_reached", "grace_ended"]
    assert heard(session, clock, "due", "expired") == sorted([(people.marta.id, "expired"), (people.jonas.id, "expired")])
    answers.edit(answer_id, body=f"{ANSWER} Or by cable, which is safer for updates.", by=people.jonas, now=clock.now)
    assert re.search(r"updated <time[^>]*>[^<]*</time>, waiting for a check", client.get(URL).text)
    verify(answer_id, "right", by=people.ana, now=clock.now)
    assert 'class="ans fresh"' in client.get(URL).text
    night.run(clock.now)
    found = reload_answer(session, answer_id)
    assert found.best_before_at == found.expires_at > clock.now + 60 * DAY


# --- superseded ---------------------------------------------------------------------------------------------------------


def test_the_address_leads_to_what_took_its_place(client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, first = answered(people, now)
    second = answer(question_id, people.ana, now)
    other = ask(people.marta, now, title="Another question altogether")
    third = answer(other, people.ana, now)

    def leads(to: str = f"/answers/{first}") -> str:
        led = client.get(to)
        assert led.status_code == 302
        return str(led.location)

    archive.archive(first, reason="", successor_id=second, by=people.mo, now=now)
    assert leads() == f"{URL}#answer-{second}"
    archive.archive(second, reason="", successor_id=third, by=people.mo, now=now)
    assert leads() == leads(f"/answers/{second}") == f"/questions/{other}/another-question-altogether#answer-{third}"
    assert leads(f"/answers/{first}?stay=1") == f"{URL}#answer-{first}", "the old text can still be read"
    removal.remove_answer(third, reason="Spam", by=people.mo, now=now)
    assert leads() == f"{URL}#answer-{second}", "as far as there is something to read"
    archive.restore(second, by=people.mo, now=now)
    assert leads() == f"{URL}#answer-{second}"
    archive.restore(first, by=people.mo, now=now)
    assert leads() == f"{URL}#answer-{first}"


def test_a_circle_leads_nowhere_else(client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    """The verb makes none; an import or a person at the database may."""
    question_id, first = answered(people, now)
    second = answer(question_id, people.ana, now)
    for here, there in ((first, second), (second, first)):
        session.execute(update(Answer).where(Answer.id == here).values(archived_at=now, state="archived", successor_id=there))
    session.commit()
    assert client.get(f"/answers/{first}").location == f"{URL}#answer-{first}"
    assert client.get(URL).status_code == 200
