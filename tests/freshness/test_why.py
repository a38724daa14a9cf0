"""“Why this date?”: an answer's date and its whole life in words, for anybody who may read the answer."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db import transaction
from community import acceptance, answers, reach
from community.freshness import archive, evidence, signals
from community.freshness.evidence import Happening
from community.freshness.sweep import sweep
from community.freshness.verification import verify
from community.lifecycle import Event
from community.models import AnswerBelief, BeliefEvent, Release
from community.moderation import removal
from community.queries.question_view import LIFE_WORDS
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.pages.reading import plain
from tests.people import People, person
from tests.statements import count_statements
from tests.stories import ANSWER, answer, answered, ask, browser, make_tag

COST = 9
"""Eight for what is shown, and one for who looks or for the versions of what is shown."""


def by_belief(session: Session, people: People, clock: Clock) -> int:
    """An answer whose dates follow its belief."""
    make_tag(session, "router", clock.now, freshness="belief")
    return answer(ask(people.marta, clock.now, tags_text="router"), people.jonas, clock.now)


def read(client: FlaskClient, answer_id: int) -> tuple[str, list[str]]:
    """The page in words, and its history from top to bottom."""
    page = client.get(f"/answers/{answer_id}/life")
    assert page.status_code == 200
    told = page.text.partition('<ol class="life al">')[2].partition("</ol>")[0]
    return plain(page.text), [plain("<li" + step) for step in told.split("<li")[1:]]


def announce(answer_id: int, name: str, kappa: float, clock: Clock) -> None:
    """A release weighs on one answer."""
    with transaction() as session:
        found, question = reach.answer(session, answer_id)
        release = Release(
            name=name,
            name_key=name.casefold(),
            on_day=clock.now.date(),
            impact="medium",
            kappa=kappa,
            announced_at=clock.now,
        )
        session.add(release)
        session.flush()
        evidence.release(session, found, question, kappa, Happening("release", release_id=release.id), 0, clock.now)


def test_every_step_of_a_life_has_words() -> None:
    assert set(LIFE_WORDS) == set(Event)


def test_a_whole_life_is_told(app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    """Time, a release, readers, a check: what each moved, when and by how much; the numbers are the specification's."""
    answer_id = by_belief(session, people, clock)
    words, steps = read(client, answer_id)
    assert "With nothing new, it reaches 14 % on 19 January 2027; from then on the answer is past its date." in words
    assert "The doubt about it is 5 % today: of a hundred answers like it about 5 would be wrong." in words
    assert steps == ["21 Nov 2026 Posted · Jonas doubt begins at 5 %; best before 19 January 2027"]
    verify(answer_id, "right", release="4.1", evidence="Tried in the lab", by=people.ana, now=clock.forward(days=1))
    clock.forward(days=30)
    announce(answer_id, "Firmware 4.2", 0.05, clock)
    clock.forward(days=10)
    signals.say(answer_id, "broken", by=people.marta, now=clock.now)
    words, steps = read(client, answer_id)
    assert re.fullmatch(
        r"1 Jan 2027 A reader says it no longer works.*: past its date from then on "
        r"doubt from 12 % to \d\d %; best-before date from .* to 1 January 2027",
        steps[0],
    )
    assert steps[1] == "10 days with nothing new doubt from 11 % to 12 %"
    assert re.match(r"22 Dec 2026 Release: Firmware 4\.2 doubt from 6 % to 11 %", steps[2])
    assert steps[3] == "30 days with nothing new doubt from 1 % to 6 %"
    assert re.match(
        r"22 Nov 2026 Still right on 4\.1 · Ana Tried in the lab doubt from 5 % to 1 %; "
        r"best-before date from 19 January 2027 to 14 February 2027",
        steps[4],
    )
    assert "1 person says it no longer works" in words
    assert "was checked by Ana on 4.1 on 22 November 2026" in words
    assert "Firmware 4.2 on 22 December 2026" in words
    assert "From 14 % on an answer is past its date" in words
    assert "half of the answers on router are still right after about 12 months" in words


def test_nobody_learns_who_reported_it(app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    """Neither on this page nor in the life beside the question, whoever looks; a crowd of one day is one line."""
    answer_id = by_belief(session, people, clock)
    crowd = [person(f"Secret {number}", clock.now) for number in range(4)]
    session.add_all(crowd)
    session.commit()
    clock.forward(days=20)
    for who in crowd:
        signals.say(answer_id, "broken", by=who, now=clock.now)
    signals.say(answer_id, "works", by=people.mo, now=clock.forward(days=1))
    for visitor in (client, browser(app, people.jonas), browser(app, people.ana)):
        words, steps = read(visitor, answer_id)
        assert "Secret" not in words
        assert "4 people say it no longer works, 1 person says it works" in words
        assert sum("4 readers say it no longer works" in step for step in steps) == 1
        page = visitor.get("/questions/1/my-router-drops-the-wi-fi-every-evening").text
        assert "Secret" not in page
        assert "Doubted" in page
        assert "Mo" not in page.partition('<ol class="life">')[2].partition("</ol>")[0]


@on_sqlite
def test_every_kind_of_event_is_told(client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    """Also one that is new here: by its reason. Readers' kinds have no name beside them."""
    answer_id = by_belief(session, people, clock)
    for kind in evidence.KINDS:
        clock.forward(days=1)
        about = {"kind": kind, "before": 0.1, "after": 0.2, "best_before_at": clock.now, "at": clock.now}
        session.add(BeliefEvent(answer_id=answer_id, actor_id=people.ada.id, reason=f"because of {kind}", **about))
    session.commit()
    words, steps = read(client, answer_id)
    told = [step for step in steps if "with nothing new" not in step]
    assert len(told) == len(evidence.KINDS) + 1
    assert all(len(step) > len("21 Nov 2026 doubt") for step in told)
    named = {re.sub(r"^\d+ \w+ \d+ ", "", step.partition(" · ")[0]) for step in told if "· Ada" in step}
    assert named.isdisjoint({f"Because of {kind}" for kind in ("report", "confirmation", "withdrawn", "votes", "dead_link")})
    assert {"Still right", "Repaired", "Found wrong", "Accepted"} <= named
    assert "Because of escalated" in words


def test_plain_permanent_and_strict_tags_explain_themselves(
    client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    _, plainly = answered(people, clock.now)
    words, _ = read(client, plainly)
    assert "Answers under its tags are good for 90 days after somebody vouched for them. This one was posted on" in words
    assert "Under its tags that says what is checked first, and sets no date." in words
    make_tag(session, "still", clock.now, freshness="permanent", permanent_until=clock.now + timedelta(days=400))
    words, _ = read(client, answer(ask(people.marta, clock.now, tags_text="still"), people.jonas, clock.now))
    assert "Until 26 December 2027 answers under its tags are neither past their date nor expired by themselves" in words
    make_tag(session, "tariffs", clock.now, freshness="belief", interval_days=20, grace_days=0, verifiers_needed=2)
    words, _ = read(client, answer(ask(people.marta, clock.now, tags_text="tariffs"), people.jonas, clock.now))
    assert "Its tags ask for a check every 20 days at the latest, and that day comes before doubt is strong enough" in words
    assert "Past that date it expires at once, as its tags ask." in words
    assert "expired at once past its date; 2 people check" in words


def test_due_expired_archived(client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    """Also what no sweep has written down yet."""
    answer_id = by_belief(session, people, clock)
    clock.forward(days=100)
    words, steps = read(client, answer_id)
    assert steps[1] == "19 Jan 2027 Past its date"
    assert "Unless somebody vouches for it, it expires on 19 January 2028." in words
    sweep(clock.now)
    assert read(client, answer_id)[1] == steps
    clock.forward(days=300)
    words, steps = read(client, answer_id)
    assert "It expired on 19 January 2028: nobody vouched for it within the grace period. One check brings it back." not in words
    clock.forward(days=100)
    words, steps = read(client, answer_id)
    assert "It expired on 19 January 2028: nobody vouched for it within the grace period. One check brings it back." in words
    successor = answer(1, people.ana, clock.now)
    archive.archive(answer_id, reason="The menu is gone.", successor_id=successor, by=people.mo, now=clock.now)
    words, steps = read(client, answer_id)
    assert "It was archived: The menu is gone. Nobody has to check it any more." in words
    assert "A newer answer takes its place: the answer by Ana to" in words
    assert any(step.endswith("Another answer took its place · Mo The menu is gone.") for step in steps)
    page = client.get(f"/answers/{successor}/life").text
    assert f'href="/answers/{answer_id}?stay=1"' in page, "the way back to the old text"


def test_an_answer_older_than_beliefs(client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    answer_id = by_belief(session, people, clock)
    session.execute(delete(BeliefEvent))
    session.execute(delete(AnswerBelief))
    session.commit()
    clock.forward(days=30)
    words, steps = read(client, answer_id)
    assert steps == ["21 Nov 2026 Posted · Jonas"]
    assert "The doubt about it is 10 % today" in words
    assert session.scalars(select(AnswerBelief)).all() == [], "reading writes nothing"


def test_edits_belong_to_the_history(client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    answer_id = by_belief(session, people, clock)
    answers.edit(answer_id, body=f"{ANSWER} Then restart it.", summary="Restart", by=people.ana, now=clock.forward(days=2))
    page = client.get(f"/answers/{answer_id}/life").text
    assert f'href="/answers/{answer_id}/revisions?revision=2"' in page
    assert "23 Nov 2026 Its text was changed · Ana Restart" in read(client, answer_id)[1]


# --- who, and at what cost ----------------------------------------------------------------------------------------------


def test_it_is_linked_from_the_stamp_and_is_as_public_as_the_answer(
    app: Flask, client: FlaskClient, people: People, now: object, clock: Clock
) -> None:
    question_id, answer_id = answered(people, clock.now)
    link = f'href="/answers/{answer_id}/life"'
    page = client.get("/questions/1/my-router-drops-the-wi-fi-every-evening")
    assert page.text.count(link) == 1
    clock.forward(days=500)
    assert client.get("/questions/1/my-router-drops-the-wi-fi-every-evening").text.count(link) == 1
    assert client.get("/answers/99/life").status_code == 404
    removal.remove_answer(answer_id, reason="Spam", by=people.mo, now=clock.now)
    assert client.get(f"/answers/{answer_id}/life").status_code == 410
    assert browser(app, people.mo).get(f"/answers/{answer_id}/life").status_code == 200
    assert question_id == 1


def test_it_is_stored_and_never_stale(client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    answer_id = by_belief(session, people, clock)
    first = client.get(f"/answers/{answer_id}/life")
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert "Set-Cookie" not in first.headers
    signals.say(answer_id, "works", by=people.mo, now=clock.now)
    assert "A reader says it works" in read(client, answer_id)[0]
    clock.forward(hours=14)
    assert "A day with nothing new" not in read(client, answer_id)[0]
    clock.forward(hours=10)
    assert "A day with nothing new" in read(client, answer_id)[0], "the day has passed, though nothing was written"
    acceptance.accept(answer_id, by=people.marta, now=clock.now)
    assert "Accepted · Marta" in read(client, answer_id)[0]


@pytest.mark.parametrize("size", [1, 40])
@on_sqlite
def test_it_costs_the_same_however_long_the_life(
    app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock, size: int
) -> None:
    answer_id = by_belief(session, people, clock)
    for _ in range(size):
        clock.forward(days=4)
        signals.say(answer_id, "broken", network_mark=f"mark {clock.now}", now=clock.now)
        answers.edit(answer_id, body=f"{ANSWER} {clock.now}", by=people.ana, now=clock.now)
        verify(answer_id, "right", by=people.mo, now=clock.now)
    for visitor in (client, browser(app, people.ana)):
        with count_statements() as sent:
            assert visitor.get(f"/answers/{answer_id}/life").status_code == 200
        assert len(sent) <= COST, "\n\n".join(statement[:150] for statement in sent)
