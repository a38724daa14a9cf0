"""The blind audit, second checks and known items: who gets them, what they change, what the verifier sees of it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.errors import Conflict, Invalid
from community.freshness import assignments, audit, signals
from community.freshness.archive import archive_in_check
from community.freshness.audit import KNOWN, MissRate, Rate
from community.freshness.belief import PARAMETERS
from community.freshness.undo import undo
from community.freshness.verification import verify
from community.models import Answer, AnswerBelief, Assignment, Transition, Verification
from tests.clock import Clock
from tests.people import People, person
from tests.stories import ANSWER, answer, ask, browser, entries, make_tag, reload_answer

DAY = timedelta(days=1)
LATE = 100 * DAY
REPAIR = "Set the channel to 11 by hand, or install firmware 4.3, where the automatic choice works."
NEVER = timedelta(days=3650)


def lots(*numbers: float) -> Callable[[], float]:
    """A chance that gives these numbers, and then always the most useful item."""
    waiting = list(numbers)
    return lambda: waiting.pop(0) if waiting else 0.99


_AUDIT, _KNOWN, _SECOND = 0.0, PARAMETERS.AUDIT, PARAMETERS.AUDIT + KNOWN
_WRONG, _RIGHT = 0.9, 0.1


@pytest.fixture
def eva(session: Session, people: People, now: datetime) -> User:
    """A second verifier: staff."""
    found = person("Eva", now, role=Role.STAFF)
    session.add(found)
    session.commit()
    return found


@pytest.fixture
def repaired(session: Session, people: People, eva: User, now: datetime) -> int:
    """An answer that Ana repaired and Mo confirmed, a month ago."""
    answer_id = answer(ask(people.marta, now - LATE), people.jonas, now - LATE)
    signals.say(answer_id, "broken", note="The menu is gone", by=people.marta, now=now - 32 * DAY)
    verify(answer_id, "repaired", body=REPAIR, by=people.ana, now=now - 31 * DAY)
    verify(answer_id, "right", by=people.mo, now=now - 20 * DAY)
    return answer_id


def due(people: People, now: datetime) -> int:
    return answer(ask(people.marta, now - LATE, title="A late question"), people.jonas, now - LATE)


def given(session: Session, assignment_id: int | None) -> Assignment:
    session.rollback()
    return session.get_one(Assignment, assignment_id, populate_existing=True)


# --- the audit ----------------------------------------------------------------------------------------------------------


def test_a_tenth_is_drawn_by_the_lowest_lot(session: Session, people: People, eva: User, now: datetime) -> None:
    late = due(people, now)
    fresh = [answer(ask(people.marta, now - 5 * DAY, title=f"Fresh question {n}"), people.jonas, now - 5 * DAY) for n in range(3)]
    for number, answer_id in enumerate(fresh):
        session.execute(update(AnswerBelief).where(AnswerBelief.answer_id == answer_id).values(draw=3.0 - number))
    session.execute(update(AnswerBelief).where(AnswerBelief.answer_id == late).values(draw=None))
    session.commit()
    first = given(session, assignments.take(by=people.ana, now=now, chance=lots(PARAMETERS.AUDIT - 0.001)))
    assert (first.answer_id, first.purpose) == (fresh[2], "audit")
    second = given(session, assignments.take(by=eva, now=now, chance=lots(_AUDIT)))
    assert (second.answer_id, second.purpose) == (fresh[1], "audit"), "each once a day"
    verify(fresh[2], "right", by=people.ana, now=now)
    assert reload_answer(session, fresh[2]).round == 1, "it is a real check"
    assert given(session, first.id).verification_id is not None
    useful = given(session, assignments.take(by=people.mo, now=now, chance=lots(0.5)))
    assert (useful.answer_id, useful.purpose) == (late, "value")


def test_where_there_is_nothing_to_draw_the_most_useful_is_taken(session: Session, people: People, now: datetime) -> None:
    late = due(people, now)
    session.execute(update(AnswerBelief).values(draw=None))
    session.commit()
    for chance in (lots(_AUDIT), lots(_KNOWN, _WRONG), lots(_KNOWN, _RIGHT), lots(_SECOND)):
        taken = assignments.take(by=people.ana, now=now, chance=chance)
        assert taken is not None
        assert (given(session, taken).answer_id, given(session, taken).purpose) == (late, "value")
        assignments.give_back(taken, by=people.ana, now=now)


# --- second checks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verdict", "missed"), [("right", 0), ("wrong", 1), ("unsure", None)])
def test_a_second_check_judges_the_first(
    session: Session, people: People, eva: User, now: datetime, verdict: str, missed: int | None
) -> None:
    late = due(people, now)
    verify(late, "right", by=people.ana, now=now - DAY)
    taken = assignments.take(by=people.ana, now=now, chance=lots(_SECOND, 0.0))
    assert taken is None, "never one's own, and nothing else waits"
    taken = assignments.take(by=eva, now=now, chance=lots(_SECOND, 0.0))
    assert given(session, taken).purpose == "second"
    before = reload_answer(session, late).round
    outcome = verify(late, verdict, note="It moved.", round=0, revision=1, by=eva, now=now)
    assert reload_answer(session, late).round == before + (verdict != "unsure"), "it is a real check"
    rates = audit.miss_rates(session, now - NEVER)
    assert rates == ({} if missed is None else {people.ana.id: MissRate(1, missed)})
    session.rollback()
    undo(outcome.assignment_id, by=eva, now=now)
    assert audit.miss_rates(session, now - NEVER) == {}


def test_what_is_not_looked_at_twice(session: Session, people: People, eva: User, now: datetime) -> None:
    """Too long ago; within its minute; doubted since; looked at again already; by two at once."""
    late = due(people, now)

    def second(then: datetime) -> int | None:
        return assignments.take(by=eva, now=then, chance=lots(_SECOND, 0.0))

    verify(late, "right", by=people.ana, now=now)
    assert second(now + timedelta(seconds=30)) is None
    assert second(now + 4 * DAY) is None
    held = second(now + DAY)
    assert held is not None
    assert assignments.take(by=people.mo, now=now + DAY, chance=lots(_SECOND, 0.0)) is None
    verify(late, "unsure", by=eva, now=now + DAY)
    assert assignments.take(by=people.mo, now=now + DAY, chance=lots(_SECOND, 0.0)) is None


# --- known items --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "missed"), [("right", 1), ("repaired", 0), ("wrong", 0), ("unsure", None), ("archive", None)]
)
def test_a_known_item_changes_nothing_but_the_record(
    session: Session, people: People, eva: User, repaired: int, now: datetime, verdict: str, missed: int | None
) -> None:
    taken = assignments.take(by=eva, now=now, chance=lots(_KNOWN, _WRONG, 0.0))
    assert (given(session, taken).purpose, given(session, taken).truth) == ("known", "wrong")
    before = (vars_of(reload_answer(session, repaired)), len(session.scalars(select(Transition)).all()))
    checks = len(session.scalars(select(Verification)).all())
    session.rollback()
    if verdict == "archive":
        archive_in_check(repaired, reason="Sold out", successor_id=answer(1, people.jonas, now), by=eva, now=now)
    else:
        body = ANSWER + " Or buy another router."
        verify(repaired, verdict, note="It moved.", body=body, round=0, revision=1, by=eva, now=now)
    after = reload_answer(session, repaired)
    assert vars_of(after) == before[0]
    assert len(session.scalars(select(Verification)).all()) == checks
    assert len(session.scalars(select(Transition).where(Transition.answer_id == repaired)).all()) == before[1]
    assert entries(session, eva) == []
    assert audit.miss_rates(session, now - NEVER) == ({} if missed is None else {eva.id: MissRate(1, missed)})
    assert audit.sensitivity(session, now - NEVER) == (Rate() if missed is None else Rate(1 - missed, 1))
    assert audit.specificity(session, now - NEVER) == Rate()
    session.rollback()
    assert assignments.take(by=eva, now=now, chance=lots(_KNOWN, _WRONG, 0.0)) is None, "nobody gets the same twice"


def vars_of(found: Answer) -> dict[str, object]:
    return {column.key: getattr(found, column.key) for column in Answer.__table__.columns}


def test_a_known_right_item(session: Session, people: People, eva: User, now: datetime) -> None:
    answer_id = answer(ask(people.marta, now - LATE), people.jonas, now - LATE)
    verify(answer_id, "right", by=people.ana, now=now - 40 * DAY)
    verify(answer_id, "right", by=people.mo, now=now - 10 * DAY)
    taken = assignments.take(by=eva, now=now, chance=lots(_KNOWN, _RIGHT, 0.0))
    assert given(session, taken).truth == "right"
    verify(answer_id, "wrong", note="I did not look.", revision=1, by=eva, now=now)
    assert audit.miss_rate(session, eva.id, now - NEVER) == MissRate(1, 1)
    assert audit.specificity(session, now - NEVER) == Rate(0, 1)
    assert reload_answer(session, answer_id).state == "fresh"


def test_who_had_a_part_in_it_would_know_it_again(session: Session, people: People, repaired: int, now: datetime) -> None:
    for who in (people.ana, people.mo):
        assert assignments.take(by=who, now=now, chance=lots(_KNOWN, _WRONG, 0.0)) is None


@pytest.mark.parametrize(
    ("first", "then", "rate"),
    [("right", "wrong", MissRate(1, 1)), ("wrong", "right", MissRate(1, 0)), ("unsure", "wrong", MissRate())],
)
def test_taking_back_what_turned_out_to_be_known_does_not_help(
    session: Session, people: People, eva: User, repaired: int, now: datetime, first: str, then: str, rate: MissRate
) -> None:
    assignments.take(by=eva, now=now, chance=lots(_KNOWN, _WRONG, 0.0))
    outcome = verify(repaired, first, note="It moved.", revision=1, by=eva, now=now)
    undo(outcome.assignment_id, by=eva, now=now)
    verify(repaired, then, note="It moved.", revision=1, by=eva, now=now)
    assert audit.miss_rate(session, eva.id, now - NEVER) == rate


def test_what_any_item_is_refused_for_a_known_one_is_too(
    session: Session, people: People, eva: User, repaired: int, now: datetime
) -> None:
    taken = assignments.take(by=eva, now=now, chance=lots(_KNOWN, _WRONG, 0.0))
    with pytest.raises(Conflict):
        verify(repaired, "wrong", note="It moved.", revision=2, by=eva, now=now)
    for elsewhere in (repaired, 999):
        with pytest.raises(Invalid):
            archive_in_check(repaired, reason="Sold out", successor_id=elsewhere, by=eva, now=now)
    assert given(session, taken).done_at is None


# --- what a cheater sees ------------------------------------------------------------------------------------------------


def plain(page: str) -> str:
    """The page without what differs from item to item: numbers, dates, titles."""
    return re.sub(r"\d+", "0", re.sub(r'<(h1|title|time|bdi)\b.*?</\1>|datetime="[^"]*"', "", page, flags=re.DOTALL))


def test_the_items_look_alike(
    app: Flask, client: FlaskClient, session: Session, people: People, eva: User, clock: Clock, repaired: int, now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """An item by its value, an audited, a second and a known one: the same page, the same notices, one after the other."""
    late = due(people, now)
    verify(late, "right", by=people.mo, now=now - DAY)
    valued = answer(ask(people.marta, now - LATE, title="Another late one"), people.jonas, now - LATE)
    fresh = answer(ask(people.marta, now - LATE, title="One more of them"), people.jonas, now - 20 * DAY)
    session.execute(update(AnswerBelief).where(AnswerBelief.answer_id == fresh).values(draw=0.001))
    session.commit()
    session.rollback()
    chance = lots(0.99, _AUDIT, _SECOND, 0.0, _KNOWN, _WRONG, 0.0)
    monkeypatch.setattr(audit, "CHANCE", chance)
    visitor = browser(app, eva)
    visitor.post("/review/items")
    pages, said = [], []
    for answer_id in (valued, fresh, late, repaired):
        page = visitor.get("/review").text
        assert f'action="/answers/{answer_id}/verifications"' in page
        assert not re.search(r"audit|second check|known|blind", page, re.IGNORECASE)
        pages.append(page)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        refused = visitor.post(f"/answers/{answer_id}/verifications", data=hidden | {"outcome": "wrong"})
        assert refused.status_code == 422
        assert f'action="/answers/{answer_id}/verifications"' in refused.text
        done = visitor.post(f"/answers/{answer_id}/verifications", data=hidden | {"outcome": "right"})
        assert done.location == "/review"
        notice = re.search(
            r'<div class="fls">.*?</div></div>|<div class="fls">.*?</form></div>', visitor.get("/inbox").text, re.DOTALL
        )
        assert notice
        said.append(plain(notice.group()))
    assert len(set(said)) == 1, said
    assert "Yes" not in pages[2]
    assert "1 day since" not in pages[2], "that it was checked yesterday would tell"
    assert "Past its date" in pages[2]
    assert ANSWER in pages[3], "the text before the repair"
    assert "install firmware 4.3" not in pages[3]
    assert "The menu is gone" in pages[3], "what readers said of it then"
    assert "Ana" not in re.sub(r"<header class=.top.*?</header>", "", pages[3], flags=re.DOTALL), "who repaired it is not shown"
    assert plain(visitor.get("/review").text).count("0 of 0 today") > 0
    counted = re.search(r"(\d+) of 10 today", visitor.get("/review").text)
    assert counted
    assert counted.group(1) == "4", "each counts"


def test_a_verifier_sees_their_own_miss_rate(
    app: Flask, client: FlaskClient, session: Session, people: People, eva: User, repaired: int, clock: Clock, now: datetime
) -> None:
    assert "None of them was checked again yet" in browser(app, eva).get("/review").text
    assignments.take(by=eva, now=now, chance=lots(_KNOWN, _WRONG, 0.0))
    verify(repaired, "right", revision=1, by=eva, now=now)
    assert "Of 1 check that was checked again, 1 was missed" in browser(app, eva).get("/review").text
    assert (
        "Of 1 check that was checked again, 1 was missed"
        in browser(app, eva).get(f"/people/{eva.id}?tab=checks", follow_redirects=True).text
    )
    assert "checked again" not in browser(app, people.mo).get(f"/people/{eva.id}?tab=checks", follow_redirects=True).text


def test_two_needed_and_an_item_that_is_known(session: Session, people: People, eva: User, now: datetime) -> None:
    """It answers as a real one would."""
    make_tag(session, "critical", now, verifiers_needed=2)
    answer_id = answer(ask(people.marta, now - LATE, tags_text="critical"), people.jonas, now - LATE)
    verify(answer_id, "repaired", body=REPAIR, by=people.ana, now=now - 31 * DAY)
    verify(answer_id, "right", by=people.mo, now=now - 20 * DAY)
    assignments.take(by=eva, now=now, chance=lots(_KNOWN, _WRONG, 0.0))
    assert verify(answer_id, "right", revision=1, by=eva, now=now).more_needed == 1
