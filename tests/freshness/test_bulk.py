"""Many answers at once: only as it was seen, in batches, each once, and never to a later date."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.errors import Forbidden, Invalid
from community.freshness import bulk, night, releases, signals, verification
from community.freshness.bulk import Act, Changed, Chosen
from community.models import Answer, AuditRecord, BulkChange, Question, Tag
from tests.at_once import at_once
from tests.people import People, sign_in
from tests.stories import answer, ask, life, make_tag, reload_answer, told

CHECK = Act("check", spread_days=10)


@pytest.fixture
def tag(session: Session, people: People, now: datetime) -> Tag:
    return make_tag(session, "router", now, freshness="belief")


def written(people: People, now: datetime, many: int = 1, tags: str = "router", by: User | None = None) -> list[int]:
    return [
        answer(ask(people.marta, now, tags_text=tags, title=f"Router number {number} is slow"), by or people.jonas, now)
        for number in range(many)
    ]


def decided(chosen: Chosen, act: Act, people: People, now: datetime) -> int:
    seen = bulk.preview(chosen, act, by=people.mo, now=now)
    return bulk.start(chosen, act, "under router", seen.token, by=people.mo, now=now)


@pytest.mark.parametrize("tags", ["router", "broadband"])
def test_dates_come_to_now_spread_and_stay_there(session: Session, people: People, tag: Tag, now: datetime, tags: str) -> None:
    """By belief and by a plain interval; neither a night nor one reader takes it back."""
    ids = written(people, now - timedelta(days=5), 6, tags)
    [late] = written(people, now - timedelta(days=300), tags=tags)
    before = {answer_id: reload_answer(session, answer_id).best_before_at for answer_id in (*ids, late)}
    chosen = Chosen(tag_id=reload_tag(session, tags).id)
    seen = bulk.preview(chosen, CHECK, by=people.mo, now=now)
    assert (seen.fresh, seen.due, seen.answers) == (6, 1, 7)
    decided(chosen, CHECK, people, now)
    assert bulk.go_on(now) == 6
    asked = {answer_id: reload_answer(session, answer_id).best_before_at for answer_id in ids}
    assert all(now <= date <= now + timedelta(days=10) and date < before[answer_id] for answer_id, date in asked.items())
    assert len(set(asked.values())) == 6, "no wall"
    assert reload_answer(session, late).best_before_at == before[late]
    tomorrow = now + timedelta(days=1)
    night.run(tomorrow)
    signals.say(ids[0], "works", by=people.ada, now=tomorrow)
    assert all(reload_answer(session, answer_id).best_before_at <= date for answer_id, date in asked.items())


def reload_tag(session: Session, name: str) -> Tag:
    return session.scalars(select(Tag).where(Tag.name == name)).one()


def test_only_what_was_seen(session: Session, people: People, tag: Tag, now: datetime) -> None:
    written(people, now - timedelta(days=1), 2)
    chosen = Chosen(tag_id=tag.id)
    seen = bulk.preview(chosen, CHECK, by=people.mo, now=now)
    written(people, now, 1)
    with pytest.raises(Changed):
        bulk.start(chosen, CHECK, "under router", seen.token, by=people.mo, now=now)
    with pytest.raises(Changed):
        bulk.start(chosen, Act("archive", reason="old"), "under router", seen.token, by=people.mo, now=now)
    assert session.scalars(select(BulkChange)).all() == []


def test_archived_in_batches_when_killed_and_by_two_at_once(
    app: Flask, session: Session, people: People, tag: Tag, now: datetime
) -> None:
    ids = written(people, now - timedelta(days=1), 7)
    spared = written(people, now - timedelta(days=1), 1, "broadband")
    decided(Chosen(tag_id=tag.id), Act("archive", reason="The product is gone."), people, now)
    later = written(people, now + timedelta(seconds=1), 1)
    assert bulk.go_on(now, batch=2, batches=1) == 2
    done = at_once(app, 2, lambda _number: bulk.go_on(now + timedelta(minutes=1), batch=2))
    assert sum(int(str(changed)) for changed in done) == 5
    for answer_id in ids:
        assert life(session, answer_id)[-1] == ("fresh", "archived", "archived", people.mo.id)
        assert len([step for step in life(session, answer_id) if step[1] == "archived"]) == 1
    assert reload_answer(session, ids[0]).state_reason == "The product is gone."
    assert all(reload_answer(session, answer_id).archived_at is None for answer_id in (*spared, *later))
    assert len(told(session, "answer.archived")) == 7
    acts = session.scalars(select(AuditRecord).where(AuditRecord.action == "bulk.archive")).all()
    assert [(act.actor_id, act.tag_id, act.details["answers"]) for act in acts] == [(people.mo.id, tag.id, 7)]


def test_handing_over_moves_no_date(session: Session, people: People, tag: Tag, now: datetime) -> None:
    ids = written(people, now - timedelta(days=4), 3)
    verification.verify(ids[1], "right", by=people.ana, now=now)
    before = {answer_id: reload_answer(session, answer_id).best_before_at for answer_id in ids}
    decided(Chosen(author_id=people.jonas.id), Act("transfer", to_user_id=people.ana.id), people, now)
    assert bulk.go_on(now) == 2
    after = {answer_id: reload_answer(session, answer_id) for answer_id in ids}
    assert [found.author_id for found in after.values()] == [people.ana.id, people.jonas.id, people.ana.id]
    assert {answer_id: found.best_before_at for answer_id, found in after.items()} == before


def test_chosen_by_release_author_and_state(session: Session, people: People, tag: Tag, now: datetime) -> None:
    old = written(people, now - timedelta(days=300))
    new = written(people, now - timedelta(days=2), by=people.ana)
    [checked] = written(people, now - timedelta(days=2), 1)
    verification.verify(checked, "right", release="5.0", by=people.ana, now=now)
    release_id = releases.announce("Firmware 6", now.date(), "small", ["router"], by=people.ana, now=now)
    releases.apply_due(now)

    def found(**chosen: object) -> set[int]:
        which = bulk._which(Chosen(**chosen), CHECK, now)  # type: ignore[arg-type]  # its own fields
        from_these = select(Answer.id).join(Question, Question.id == Answer.question_id).where(*which)
        return set(session.scalars(from_these))

    assert found(release_id=release_id) == {*old, *new}
    assert found(release="5.0") == {checked}
    assert found(author_id=people.ana.id) == set(new)
    assert found(tag_id=tag.id, state="due") == set(old)


def test_who_may_and_what_cannot_be(people: People, tag: Tag, now: datetime) -> None:
    with pytest.raises(Forbidden):
        bulk.preview(Chosen(tag_id=tag.id), CHECK, by=people.ana, now=now)
    for chosen, act in (
        (Chosen(state="due"), CHECK),
        (Chosen(tag_id=tag.id), Act("check", spread_days=99)),
        (Chosen(tag_id=tag.id), Act("burn")),
        (Chosen(tag_id=tag.id), Act("transfer", to_user_id=people.ana.id)),
    ):
        with pytest.raises(Invalid):
            bulk.preview(chosen, act, by=people.mo, now=now)


def test_the_page(client: FlaskClient, session: Session, people: People, tag: Tag, now: datetime) -> None:
    written(people, now - timedelta(days=1), 2)
    sign_in(client, people.ana)
    assert client.get("/moderation/bulk").status_code == 403
    client.delete("/session")
    sign_in(client, people.mo)
    assert "Do it" not in client.get("/moderation/bulk").text
    given = {"tag": "router", "act": "check", "spread_days": "7"}
    looked = client.get("/moderation/bulk", query_string=given).text
    assert "<b>2</b> answers would fall due within 7 days" in looked
    assert "about <b>8 minutes</b> of checks" in looked
    seen = looked.split('name="seen" value="')[1].split('"')[0]
    assert "There is no tag" in client.get("/moderation/bulk", query_string={**given, "tag": "nothing"}).text
    refused = client.post("/moderation/bulk", data={**given, "seen": "made up"})
    assert refused.status_code == 409
    assert "Look at it again" in refused.text
    assert client.post("/moderation/bulk", data={**given, "seen": seen}).status_code == 303
    assert "2 changed so far" in client.get("/moderation/bulk").text
    assert "A moderator asked to have it checked" in client.get("/answers/1/life").text
    bulk.go_on(now)
    assert "2 changed, done" in client.get("/moderation/bulk").text
    assert "had many answers checked" in client.get("/moderation").text.lower()
