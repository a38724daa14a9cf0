"""Releases: announced once, applied when their day has come, each answer once, and what they teach."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, Invalid
from community.freshness import evidence, impact, releases, verification
from community.freshness.cli import group
from community.freshness.releases import Announced
from community.models import Answer, AnswerBelief, BeliefEvent, Release
from community.queries.releases import release_page, releases_page
from tests.at_once import at_once
from tests.people import People, sign_in
from tests.statements import count_statements
from tests.stories import answer, ask, make_tag, reload_answer

DAY = date(2026, 11, 21)


@pytest.fixture
def router(session: Session, people: People, now: datetime) -> None:
    make_tag(session, "router", now, freshness="belief")


def written(people: People, now: datetime, many: int = 1) -> list[int]:
    """Answers under the tag `router`, each under a question of its own."""
    return [
        answer(ask(people.marta, now, tags_text="router", title=f"Router number {number} is slow"), people.jonas, now)
        for number in range(many)
    ]


def announced(people: People, now: datetime, name: str = "Router firmware 4.2", day: date = DAY, size: str = "large") -> int:
    return releases.announce(name, day, size, ["router"], by=people.ana, now=now)


def pi(session: Session, answer_id: int) -> float:
    session.rollback()
    return session.execute(select(AnswerBelief.pi).where(AnswerBelief.answer_id == answer_id)).scalar_one()


def events(session: Session, answer_id: int) -> list[str]:
    session.rollback()
    told = select(BeliefEvent.kind).where(BeliefEvent.answer_id == answer_id).order_by(BeliefEvent.id)
    return list(session.scalars(told))


@pytest.mark.usefixtures("router")
def test_it_weighs_on_what_was_written_before_and_not_checked_since(session: Session, people: People, now: datetime) -> None:
    old, checked, archived = written(people, now - timedelta(days=10), 3)
    [late] = written(people, now)
    verification.verify(checked, "right", by=people.ana, now=now.replace(hour=1))
    answer(ask(people.marta, now - timedelta(days=5)), people.jonas, now - timedelta(days=5))
    reload_answer(session, archived).archived_at = now
    session.commit()
    release_id = announced(people, now)
    assert releases.apply_due(now) == 1
    assert events(session, old)[-1] == "release"
    assert [events(session, spared).count("release") for spared in (checked, late, archived)] == [0, 0, 0]
    assert pi(session, old) > 0.5
    doubted = reload_answer(session, old)
    assert doubted.state == "fresh"
    assert now < doubted.best_before_at <= now + timedelta(days=7), "it falls due within the days it is spread over"
    told = session.scalars(select(BeliefEvent).where(BeliefEvent.release_id == release_id)).one()
    assert told.reason == "Router firmware 4.2 came out on 21 November 2026"
    assert releases.apply_due(now) == 0, "never twice"
    assert session.get_one(Release, release_id, populate_existing=True).applied_at == now


@pytest.mark.usefixtures("router")
def test_an_archive_that_was_just_imported_makes_no_wall(session: Session, people: People, now: datetime) -> None:
    """Answers that no belief was written down for yet."""
    [first] = written(people, now - timedelta(days=40))
    columns = Answer.__table__.columns
    row = {column.name: getattr(reload_answer(session, first), column.name) for column in columns if column.name != "id"}
    session.execute(insert(Answer), [dict(row) for _ in range(300)])
    session.execute(delete(AnswerBelief))
    session.commit()
    announced(people, now)
    with count_statements() as sent:
        assert releases.apply_due(now, batch=400) == 301
    dates = session.scalars(select(Answer.best_before_at)).all()
    days = Counter((date - now) // timedelta(days=1) for date in dates)
    assert sorted(days) == list(range(7))
    assert max(days.values()) < 60, "about 43 a day"
    assert len(sent) < 30, sent


@pytest.mark.usefixtures("router")
def test_the_list_asks_the_same_however_long_it_is(session: Session, people: People, now: datetime) -> None:
    sent = []
    for number in range(5):
        announced(people, now, name=f"Firmware {number}")
        session.rollback()
        with count_statements() as here:
            releases_page(people.ana, now)
        with count_statements() as one:
            release_page(number + 1, people.ana, now)
        sent.append((len(here), len(one)))
        session.rollback()
    assert set(sent) == {(2, 3)}


@pytest.mark.usefixtures("router")
def test_announced_twice_is_the_way_to_the_first(people: People, now: datetime) -> None:
    first = announced(people, now)
    with pytest.raises(Announced) as refused:
        announced(people, now, name="  ROUTER  firmware 4.2 ")
    assert refused.value.release_id == first
    assert f"/releases/{first}" in refused.value.message


@pytest.mark.usefixtures("router")
def test_for_the_future_it_waits_and_can_be_cancelled(session: Session, people: People, now: datetime) -> None:
    [old] = written(people, now)
    release_id = announced(people, now, day=DAY + timedelta(days=2))
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    assert releases.apply_due(midnight - timedelta(seconds=1)) == 0
    releases.cancel(release_id, by=people.ana, now=now)
    assert releases.apply_due(midnight) == 0
    again = announced(people, now, day=DAY + timedelta(days=2))
    assert again != release_id, "a cancelled name is free again"
    assert releases.apply_due(midnight) == 1
    with pytest.raises(Conflict, match="cannot be taken back"):
        releases.cancel(again, by=people.ana, now=midnight)
    assert events(session, old).count("release") == 1


@pytest.mark.usefixtures("router")
def test_its_day_is_a_day_of_the_sites_time_zone(app: Flask, people: People, now: datetime) -> None:
    settings = app.config["SETTINGS"]
    object.__setattr__(settings, "time_zone", "Europe/Berlin")
    assert releases.begins(date(2026, 3, 29)) == datetime(2026, 3, 28, 23, tzinfo=UTC), "the clocks go forward later that night"
    assert releases.begins(date(2026, 3, 30)) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    written(people, now)
    announced(people, now, day=date(2026, 11, 22))
    assert releases.apply_due(datetime(2026, 11, 21, 22, 59, tzinfo=UTC)) == 0
    assert releases.apply_due(datetime(2026, 11, 21, 23, 0, tzinfo=UTC)) == 1


@pytest.mark.usefixtures("router")
def test_a_past_day_and_a_tag_that_nobody_uses(session: Session, people: People, now: datetime) -> None:
    long_ago, lately = written(people, now - timedelta(days=40)), written(people, now - timedelta(days=3))
    announced(people, now, day=DAY - timedelta(days=20))
    assert releases.apply_due(now) == 1
    assert (events(session, long_ago[0])[-1], events(session, lately[0])[-1]) == ("release", "posted")
    make_tag(session, "unused", now)
    release_id = releases.announce("Nothing 1", DAY, "small", ["unused"], by=people.ana, now=now)
    assert releases.apply_due(now) == 0
    assert session.get_one(Release, release_id, populate_existing=True).applied_at == now


@pytest.mark.usefixtures("router")
def test_killed_it_goes_on_and_the_statements_stay_few(
    session: Session, people: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = written(people, now - timedelta(days=1), 12)
    release_id = announced(people, now)
    assert releases.apply_due(now, batch=5, batches=1) == 5
    write, seen = evidence.release_all, 0

    def dies(*given: Any) -> None:  # noqa: ANN401 - whatever the verb is given
        nonlocal seen
        seen += 1
        write(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(evidence, "release_all", dies)
        with pytest.raises(KeyboardInterrupt):
            releases.apply_due(now, batch=5)
    assert seen == 1
    with count_statements() as sent:
        assert releases.apply_due(now, batch=5, batches=1) == 5
    few = len(sent)
    assert releases.apply_due(now, batch=5) == 2
    assert [events(session, answer_id).count("release") for answer_id in ids] == [1] * 12
    assert session.get_one(Release, release_id, populate_existing=True).weighed == 12
    assert few <= 26, sent


@pytest.mark.usefixtures("router")
def test_two_workers_at_once_weigh_each_answer_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    ids = written(people, now - timedelta(days=1), 9)
    announced(people, now)

    done = at_once(app, 2, lambda _number: releases.apply_due(now, batch=2))
    assert sum(int(str(weighed)) for weighed in done) == 9
    assert [events(session, answer_id).count("release") for answer_id in ids] == [1] * 9


@pytest.mark.usefixtures("router")
def test_what_checks_find_is_learned(session: Session, people: People, now: datetime) -> None:
    ids = written(people, now - timedelta(days=1), 4)
    first = announced(people, now)
    releases.apply_due(now)
    later = now + timedelta(hours=1)
    verification.verify(ids[0], "wrong", note="It moved.", by=people.ana, now=later)
    verification.verify(ids[1], "right", by=people.ana, now=later)
    verification.verify(ids[1], "wrong", note="Now it did.", by=people.mo, now=later + timedelta(days=4))
    announced(people, later, name="Router firmware 4.3")
    releases.apply_due(later)
    verification.verify(ids[2], "wrong", note="Whose fault?", by=people.ana, now=later)
    assert impact.recount(later + timedelta(days=5)) == 2
    counted = session.get_one(Release, first, populate_existing=True)
    assert (counted.weighed, counted.checked, counted.gone_wrong) == (4, 2, 1), "the third was the second release’s"
    large = impact.estimates(session)["large"]
    assert (large.checked, large.wrong) == (3, 2)
    assert large.kappa == pytest.approx((10 * 0.5 + 2) / 13)
    assert impact.recount(later + timedelta(days=6)) == 0
    third = announced(people, later, name="Router firmware 4.4")
    assert session.get_one(Release, third).kappa == pytest.approx(large.kappa), "kept with the release"


@pytest.mark.usefixtures("router")
def test_who_may_announce_and_what(people: People, now: datetime) -> None:
    with pytest.raises(Forbidden):
        releases.announce("Mine", DAY, "small", ["router"], by=people.jonas, now=now)
    wrongs: tuple[dict[str, Any], ...] = (
        {"size": "huge"},
        {"tag_names": ["no-such-tag"]},
        {"tag_names": []},
        {"spread_days": 31},
        {"on_day": date(2016, 1, 1)},
        {"on_day": date.min},
        {"on_day": date.max},
        {"name": ""},
    )
    for wrong in wrongs:
        given: dict[str, Any] = {"name": "Tariff 2", "on_day": DAY, "size": "small", "tag_names": ["router"]} | wrong
        with pytest.raises(Invalid):
            releases.announce(**given, by=people.ana, now=now)


@pytest.mark.usefixtures("router", "clock")
def test_by_a_command(app: Flask, session: Session, people: People, now: datetime) -> None:
    [old] = written(people, now - timedelta(days=3))
    app.cli.add_command(group)
    say = app.test_cli_runner()
    given = ["freshness", "release", "Firmware 9", "--tag", "router", "--on", "2026-11-20", "--impact", "large"]
    assert "/releases/1" in say.invoke(args=given).output
    assert "is announced already" in say.invoke(args=given).output
    assert releases.apply_due(now) == 1
    assert pi(session, old) > 0.5
    assert "Announced for 2026-11-21" in say.invoke(args=["freshness", "release", "Firmware 10", "--tag", "router"]).output


@pytest.mark.usefixtures("router")
def test_the_pages(client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    written(people, now - timedelta(days=1), 2)
    assert client.get("/releases/new").status_code == 303
    sign_in(client, people.ana)
    assert "about 20 % of right answers become wrong, not measured yet" in client.get("/releases/new").text
    given = {"name": "Router firmware 4.2", "on_day": "2026-11-21", "impact": "medium", "tags": "router", "spread_days": "7"}
    assert client.post("/releases", data={**given, "impact": "", "on_day": "soon"}).status_code == 422
    made = client.post("/releases", data=given)
    assert (made.status_code, made.location) == (303, "/releases/1")
    twice = client.post("/releases", data={**given, "name": "router FIRMWARE 4.2"})
    assert twice.status_code == 409
    assert 'href="/releases/1"' in twice.text
    coming = client.post("/releases", data={**given, "name": "Router firmware 5", "on_day": "2026-12-24"}).location
    client.delete("/session")
    listed = client.get("/releases").text
    assert listed.index("Router firmware 5") < listed.index("So far") < listed.index("Router firmware 4.2")
    releases.apply_due(now)
    assert "0 of 2 answers checked since" in client.get("/releases").text, "a stored page is made anew"
    assert client.post(f"{coming}/cancellation").status_code in (303, 401)
    assert session.execute(select(func.count()).where(Release.cancelled_at.is_not(None))).scalar_one() == 0
    sign_in(client, people.ana)
    assert client.post(f"{coming}/cancellation").status_code == 303
    assert "taken back" in client.get(coming).text
    assert "Router firmware 5" not in client.get("/releases").text
    assert client.get("/releases/99").status_code == 404
