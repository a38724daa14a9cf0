"""What looks arranged: found by the night, taken back, and given back by an appeal, each exactly once."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User, UserSession
from app.errors import Conflict, DomainError, Forbidden, NotFound
from app.jobs import AFTER_COMMIT
from app.outbox import drain
from community import votes
from community.fairness import findings, night
from community.fairness import settings as lines
from community.models import FairnessDue, Finding, FindingAct, FindingPerson, NetworkMark, Notification, Tally, Vote
from community.moderation import removal
from reputation.audit import audit
from reputation.fairness.lines import Line
from reputation.fairness.records import Found
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.fairness.scenes import DAY, arranged, busy, farmed, found, looked, state
from tests.people import People, person
from tests.stories import answer, ask, person_here, reload_answer


@pytest.fixture
def pair(session: Session, people: People, now: datetime) -> tuple[User, User]:
    """Two who will do something together."""
    two = person("Tilda", now), person("Uwe", now)
    session.add_all(two)
    session.commit()
    return two


def test_a_night_finds_takes_back_and_tells(session: Session, people: People, pair: tuple[User, User], now: datetime) -> None:
    busy(session, now)
    before = state(session)
    ids = arranged(people, now, by=pair[0], to=pair[1])
    arranged_state = state(session)
    looked(now)
    [finding] = found(session)
    assert (finding.kind, finding.status, finding.decided_by_id) == ("serial_up", "reversed", None)
    assert "8 of 8 votes up went to one author" in finding.reason
    after = state(session)
    assert after["reputation"] == before["reputation"]
    assert after["votes"] == 8
    assert {after["answers"][one] for one in ids} == {0}
    assert audit(session).clean
    # A second night, and the same night again, do nothing more.
    looked(now)
    looked(now + DAY)
    assert state(session) == after
    drain(AFTER_COMMIT, now)
    told = select(Notification.user_id).where(Notification.kind == "votes_reversed").order_by(Notification.user_id)
    assert list(session.scalars(told)) == sorted(one.id for one in pair)
    # What was taken back can neither be withdrawn nor cast again.
    with pytest.raises(Conflict, match="looked arranged"):
        votes.withdraw(answer_id=ids[0], by=pair[0], now=now)
    with pytest.raises(Conflict, match="looked arranged"):
        votes.cast(1, answer_id=ids[0], by=pair[0], now=now)
    # The appeal, won.
    findings.appeal(finding.id, text="We sit in one room.", by=pair[0], now=now)
    findings.answer(finding.id, grant=True, reason="They do.", by=people.mo, now=now)
    assert state(session) == arranged_state
    assert audit(session).clean
    looked(now + 2 * DAY)
    assert [one.status for one in found(session)] == ["restored"], "what was found innocent is not found again"


@on_sqlite
def test_acceptances_pay_nothing_any_more(session: Session, people: People, pair: tuple[User, User], now: datetime) -> None:
    busy(session, now)
    before = state(session)["reputation"]
    ids = farmed(people, now, asker=pair[0], helper=pair[1])
    farmed_state = state(session)
    looked(now)
    [finding] = found(session)
    assert (finding.kind, finding.status) == ("accepts", "reversed")
    assert state(session)["reputation"] == before
    assert audit(session).clean
    removal.remove_answer(ids[0], reason="Spam.", by=people.mo, now=now)
    findings.appeal(finding.id, text="She knows everything.", by=pair[1], now=now)
    findings.answer(finding.id, grant=True, reason="She does.", by=people.mo, now=now)
    removal.restore_answer(ids[0], by=people.mo, now=now)
    assert state(session)["reputation"] == farmed_state["reputation"], "what a removed post would pay came back with it"
    assert audit(session).clean


@on_sqlite
def test_between_the_lines_a_moderator_decides(session: Session, people: People, pair: tuple[User, User], now: datetime) -> None:
    busy(session, now)
    lines.set_lines({"serial_up": Line(2.0, 90.0)}, by=people.ada, now=now)
    arranged(people, now, by=pair[0], to=pair[1])
    before = state(session)
    looked(now)
    [finding] = found(session)
    assert (finding.status, state(session)) == ("open", before)
    with pytest.raises(Forbidden):
        findings.decide(finding.id, uphold=True, reason="Yes.", by=pair[0], now=now)
    findings.decide(finding.id, uphold=False, reason="Colleagues.", by=people.mo, now=now)
    with pytest.raises(Conflict):
        findings.decide(finding.id, uphold=True, reason="Yes.", by=people.ada, now=now)
    looked(now + DAY)
    assert [one.status for one in found(session)] == ["dismissed"]
    assert state(session) == before


@on_sqlite
def test_who_upheld_does_not_answer_and_nobody_decides_on_themselves(
    session: Session, people: People, pair: tuple[User, User], now: datetime
) -> None:
    busy(session, now)
    arranged(people, now, by=pair[0], to=people.mo)
    looked(now)
    [finding] = found(session)
    findings.appeal(finding.id, text="No.", by=people.mo, now=now)
    with pytest.raises(Forbidden, match="about you"):
        findings.answer(finding.id, grant=True, reason="Mine.", by=people.mo, now=now)
    with pytest.raises(Conflict):
        findings.appeal(finding.id, text="Again.", by=pair[0], now=now)
    with pytest.raises(NotFound):
        findings.appeal(finding.id, text="Me too.", by=people.jonas, now=now)


# --- exactly once -------------------------------------------------------------------------------------------------------


def made(session: Session, by: User, ids: list[int], now: datetime, kind: str = "serial_up") -> int:
    """A finding about these answers' votes, open, as the night writes it between the lines."""
    of_these = session.scalars(select(Vote.id).where(Vote.answer_id.in_(ids), Vote.voter_id == by.id)).all()
    to = reload_answer(session, ids[0]).author_id
    what = Found(kind, 5.0, (by.id,), (to,), votes=tuple(of_these), reason="Much.")
    number = findings.keep(what, now, {kind: Line(1.0, 90.0)})
    assert number is not None
    return number


@on_sqlite
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_happens_between_it_comes_back_exactly(
    session: Session, people: People, now: datetime, data: st.DataObject
) -> None:
    """Votes up and down, the cap, removals and returns, withdrawals: after an appeal that is won everything is as if nothing had
    been found, and a vote counts in no finding twice."""
    number = session.execute(select(func.count()).select_from(User)).scalar_one()
    by, to = person(f"By{number}", now, role=Role.STAFF), person(f"To{number}", now)
    session.add_all([by, to])
    session.commit()
    start = now + data.draw(st.integers(0, 11)) * timedelta(hours=1)
    question_id = ask(people.marta, start)
    ids = [answer(question_id, to, start) for _ in range(4)]
    value = data.draw(st.sampled_from([1, -1]))
    cast = ids[: 3 if value < 0 else 4]
    for answer_id in cast:
        votes.cast(value, answer_id=answer_id, by=by, now=start)
    kind = "serial_up" if value > 0 else "serial_down"
    without = data.draw(st.booleans())
    steps = data.draw(st.lists(st.sampled_from(["remove", "restore", "cast"]), max_size=4))
    findings_ = [made(session, by, cast, start, kind) for _ in range(2)]
    assert findings_[0] == findings_[1], "one open finding for one key"
    before = state(session)
    late = start + (DAY if data.draw(st.booleans()) else timedelta(minutes=5))
    findings.decide(findings_[0], uphold=True, reason="Yes.", by=people.mo, now=late)
    gone = False
    for step in steps:
        if step == "remove" and not gone:
            removal.remove_answer(cast[0], reason="Gone.", by=people.ada, now=late)
            gone = True
        elif step == "restore" and gone:
            removal.restore_answer(cast[0], by=people.ada, now=late)
            gone = False
        elif step == "cast" and not gone:
            with pytest.raises(Conflict):
                votes.cast(-value, answer_id=cast[0], by=by, now=late)
    assert state(session)["votes"] == before["votes"] + len(cast)
    findings.appeal(findings_[0], text="No.", by=by, now=late)
    findings.answer(findings_[0], grant=not without, reason="Well.", by=people.ada, now=late)
    with pytest.raises(Conflict):
        findings.answer(findings_[0], grant=True, reason="Again.", by=people.ada, now=late)
    if gone:
        removal.restore_answer(cast[0], by=people.ada, now=late)
    after = state(session)
    if without:
        assert {after["answers"][one] for one in cast} == {0}
    else:
        assert after == before
    found_wrong = audit(session)
    assert found_wrong.clean


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_decisions_votes_and_nights_at_once(
    app: Flask, session: Session, people: People, pair: tuple[User, User], now: datetime
) -> None:
    """Two moderators uphold, one dismisses, the voter withdraws and votes, a night looks: one decision, nothing twice."""
    busy(session, now)
    by, to = pair
    ids = arranged(people, now, by=by, to=to)
    number = made(session, by, ids, now)
    mo, ada, voter, seen = people.mo.id, people.ada.id, by.id, now - 8 * DAY
    before = state(session)

    def act(which: int) -> object:
        if which < 4:
            findings.decide(number, uphold=True, reason="Yes.", by=person_here((mo, ada)[which % 2]), now=now)
        elif which < 6:
            votes.withdraw(answer_id=ids[which], by=person_here(voter), now=seen)
        else:
            night.look(now)
        return None

    done = at_once(app, 8, act)
    assert sum(one is None for one in done[:4]) == 1, done
    assert all(one is None or isinstance(one, DomainError) for one in done), done
    after = state(session)
    assert set(after["answers"].values()) == {0}
    assert after["reputation"][to.id] == 1
    taken = select(FindingAct.vote_id).where(FindingAct.reversed_at.is_not(None))
    session.rollback()
    rows = list(session.scalars(taken))
    assert len(rows) == len(set(rows)) == after["votes"]
    assert audit(session).clean
    # The appeal, answered by two at once.
    [upheld] = session.scalars(select(Finding.id).where(Finding.status == "reversed")).all()
    findings.appeal(upheld, text="No.", by=by, now=now)
    admins = person("Admin", now, role=Role.ADMIN), people.ada
    session.add(admins[0])
    session.commit()
    first, second = admins[0].id, admins[1].id
    won = at_once(
        app,
        4,
        lambda which: findings.answer(upheld, grant=True, reason="So.", by=person_here((first, second)[which % 2]), now=now),
    )
    assert sum(one is None for one in won) == 1, won
    standing = select(func.count()).where(Vote.withdrawn_at.is_(None), Vote.discounted_at.is_(None)).select_from(Vote)
    last = state(session)
    assert sum(last["answers"].values()) == session.execute(standing).scalar_one()
    assert last["reputation"][to.id] <= before["reputation"][to.id]
    assert audit(session).clean


def test_counting_is_linear_resumable_and_forgets(
    session: Session, people: People, pair: tuple[User, User], now: datetime
) -> None:
    arranged(people, now, by=pair[0], to=pair[1], votes_=5)
    looked(now)
    total = select(func.sum(Tally.count)).where(Tally.kind == "up:all")
    session.rollback()
    assert session.execute(total).scalar() == 5
    for day in (0, 1, 2):
        looked(now + day * DAY)
    session.rollback()
    assert session.execute(total).scalar() == 5, "each vote is counted once"
    assert session.execute(select(func.count()).select_from(FairnessDue)).scalar() == 0
    looked(now + 80 * DAY)
    session.rollback()
    assert session.execute(select(func.count()).select_from(Tally)).scalar() == 0, "what left the window is forgotten"


@on_sqlite
def test_accounts_that_came_together(session: Session, people: People, now: datetime) -> None:
    """Their network is known by a mark only, and for thirty days."""
    busy(session, now)
    came = now - 10 * DAY
    made_up = [person(f"Made{number}", now, created_at=came + number * timedelta(hours=1)) for number in range(4)]
    session.add_all(made_up)
    session.flush()
    for number, one in enumerate([*made_up, people.jonas]):
        opened = {"created_at": came + DAY, "last_seen_at": came + DAY, "expires_at": now + DAY}
        session.add(UserSession(user_id=one.id, token_hash=str(number), address="203.0.113.9", **opened))
    session.commit()
    question_id = ask(people.marta, came)
    ids = {one.id: [answer(question_id, one, came + 2 * DAY) for _ in range(3)] for one in made_up}
    for by in made_up:
        for to in made_up:
            for answer_id in ids[to.id] if to is not by else ():
                votes.cast(1, answer_id=answer_id, by=by, now=came + (3 + made_up.index(to)) * DAY)
    looked(now)
    session.rollback()
    marks = session.scalars(select(NetworkMark)).all()
    assert {one.user_id for one in marks} == {one.id for one in made_up}, "Jonas was here before"
    assert len({one.mark for one in marks}) == 1
    assert "203" not in marks[0].mark
    kinds = {one.kind: one for one in found(session)}
    together = kinds.get("signups") or kinds["ring"]
    acts = select(func.count()).where(FindingAct.finding_id == together.id).select_from(FindingAct)
    assert session.execute(acts).scalar() == 36
    assert set(session.scalars(select(FindingPerson.user_id).where(FindingPerson.finding_id == together.id))) == set(ids)
    looked(now + 31 * DAY)
    session.rollback()
    assert session.scalars(select(NetworkMark)).all() == []
