"""Two tags become one: questions, experts and what was learned move; dates do not."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.errors import Conflict, Forbidden, Invalid
from community.freshness import queue, releases, sweep
from community.freshness.cli import group
from community.models import Expertise, QuestionTag, ReleaseTag, Tag
from community.moderation import tag_merge
from tests.people import People, make_expert, person, sign_in
from tests.stories import answer, ask, make_tag, reload_answer, reload_question


def tag(session: Session, name: str) -> Tag:
    session.rollback()
    return session.scalars(select(Tag).where(Tag.name == name).execution_options(populate_existing=True)).one()


def names(session: Session, question_id: int) -> list[str]:
    session.rollback()
    of_it = select(Tag.name).join(QuestionTag, QuestionTag.tag_id == Tag.id).where(QuestionTag.question_id == question_id)
    return list(session.scalars(of_it.order_by(QuestionTag.position)))


def test_merged_while_in_the_queue(session: Session, people: People, now: datetime) -> None:
    """An answer that waits goes on waiting, on the same dates, for the experts of the tag that took its place."""
    wlan = make_tag(session, "wlan", now, freshness="belief", gone_wrong=2.0, right_days=300.0)
    wifi = make_tag(session, "wi-fi", now, freshness="belief", gone_wrong=1.0, right_days=50.0, verifiers_needed=2, grace_days=30)
    expert = person("Eva", now)
    session.add(expert)
    session.flush()
    make_expert(session, expert, "wlan", now)
    make_expert(session, people.ana, "wlan", now + timedelta(days=9))
    make_expert(session, people.ana, "wi-fi", now)
    session.commit()
    question_id = ask(people.marta, now, tags_text="wlan broadband")
    both_id = ask(people.marta, now, tags_text="wi-fi wlan", title="Another question about the same")
    answer_id = answer(question_id, people.jonas, now)
    release_id = releases.announce("Wlan 7", now.date() + timedelta(days=200), "small", ["wlan"], by=people.ana, now=now)
    late = now + timedelta(days=70)
    sweep.sweep(late)
    eva = session.get_one(User, expert.id)
    assert queue.next_ids(session, eva, late, 5) == [answer_id]
    before = reload_answer(session, answer_id)
    dates = (before.fresh_from, before.best_before_at, before.expires_at, before.state)
    assert tag_merge.merge(wlan.id, wifi.id, by=people.mo, now=late, batch=1) == 2
    after = reload_answer(session, answer_id)
    assert (after.fresh_from, after.best_before_at, after.expires_at, after.state) == dates
    assert (names(session, question_id), names(session, both_id)) == (["wi-fi", "broadband"], ["wi-fi"])
    asked = reload_question(session, question_id)
    assert (asked.verifiers_needed, asked.grace_days) == (2, 30)
    assert queue.next_ids(session, session.get_one(User, expert.id), late, 5) == [answer_id]
    left, into = tag(session, "wlan"), tag(session, "wi-fi")
    assert (left.merged_into_id, left.question_count, into.question_count) == (into.id, 0, 2)
    assert (left.gone_wrong, left.right_days, into.gone_wrong, into.right_days) == (0.0, 0.0, 3.0, 350.0)
    held = session.execute(select(Expertise.user_id, Expertise.expires_at).where(Expertise.tag_id == into.id)).all()
    assert {row.user_id: row.expires_at for row in held} == {
        expert.id: now + timedelta(days=365),
        people.ana.id: now + timedelta(days=374),
    }
    assert session.scalars(select(ReleaseTag.tag_id).where(ReleaseTag.release_id == release_id)).all() == [into.id]


def test_its_name_leads_to_the_other(client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    wlan, wifi = make_tag(session, "wlan", now), make_tag(session, "wi-fi", now)
    sign_in(client, people.mo)
    assert client.post("/tags/wlan/merger", data={"into": "wlan"}).status_code == 422
    assert client.post("/tags/wlan/merger", data={"into": "nothing"}).status_code == 422
    assert client.post("/tags/wlan/merger", data={"into": "Wi-Fi"}).location == "/tags/wi-fi"
    moved = client.get("/tags/wlan")
    assert (moved.status_code, moved.location) == (301, "/tags/wi-fi")
    assert ">wlan<" not in client.get("/tags").text
    question_id = ask(people.marta, now, tags_text="wlan wi-fi")
    assert names(session, question_id) == ["wi-fi"]
    with pytest.raises(Invalid, match="was merged itself"):
        tag_merge.merge(make_tag(session, "wireless", now).id, wlan.id, by=people.mo, now=now)
    with pytest.raises(Conflict):
        tag_merge.merge(wlan.id, tag(session, "wireless").id, by=people.mo, now=now)
    with pytest.raises(Forbidden):
        tag_merge.merge(wlan.id, wifi.id, by=people.ana, now=now)


def test_killed_a_job_goes_on_and_finds_who_asked_meanwhile(
    session: Session, people: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    wlan, wifi = make_tag(session, "wlan", now), make_tag(session, "wi-fi", now)
    ids = [ask(people.marta, now, tags_text="wlan", title=f"Question number {number} about it") for number in range(3)]
    assert tag_merge.go_on(now) == 0

    def killed(*_: object) -> int:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr(tag_merge, "_move", killed)
        with pytest.raises(InterruptedError):
            tag_merge.merge(wlan.id, wifi.id, by=people.mo, now=now)
    assert tag_merge.go_on(now) == 3
    late = ask(people.marta, now, tags_text="broadband", title="Asked in that very moment")
    session.execute(update(QuestionTag).where(QuestionTag.question_id == late).values(tag_id=wlan.id))
    session.commit()
    assert (tag_merge.go_on(now), tag_merge.go_on(now)) == (1, 0)
    assert [names(session, number) for number in (*ids, late)] == [["wi-fi"]] * 4


def test_killed_it_goes_on_and_adds_up_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    wlan, wifi = make_tag(session, "wlan", now, gone_wrong=2.0), make_tag(session, "wi-fi", now, gone_wrong=1.0)
    for number in range(3):
        ask(people.marta, now, tags_text="wlan", title=f"Question number {number} about it")
    assert tag_merge._move(wlan.id, wifi.id, 1, now) == 1
    app.cli.add_command(group)
    done = app.test_cli_runner().invoke(args=["freshness", "merge-tags", "wlan", "wi-fi"])
    assert "2 questions were moved" in done.output
    assert tag_merge.merge(wlan.id, wifi.id, by=people.mo, now=now) == 0
    assert (tag(session, "wi-fi").gone_wrong, tag(session, "wi-fi").question_count) == (3.0, 3)
