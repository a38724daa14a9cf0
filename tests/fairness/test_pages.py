"""The pages: the moderators' queue, a finding, who voted for whom, and what one is told of one's own."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from community import votes
from community.fairness import queries
from community.models import AuditRecord, FairnessLine
from tests.accounts import on_sqlite
from tests.fairness.scenes import arranged, busy, found, looked, state
from tests.people import People, person
from tests.stories import answered, browser

pytestmark = on_sqlite


@pytest.fixture
def pair(session: Session, people: People, now: datetime) -> tuple[User, User]:
    """Tilda votes Uwe up, and it waits for a decision."""
    two = person("Tilda", now), person("Uwe", now)
    session.add_all(two)
    session.commit()
    busy(session, now)
    session.get_one(FairnessLine, "serial_up").high = 90.0
    session.commit()
    arranged(people, now, by=two[0], to=two[1])
    return two


def test_a_moderator_decides_and_answers_on_pages(
    app: Flask, client: FlaskClient, session: Session, people: People, pair: tuple[User, User], now: datetime
) -> None:
    looked(now)
    [finding] = found(session)
    assert queries.findings_open_for([pair[0].id, pair[1].id, people.jonas.id]) == {
        one.id: [(finding.id, queries.OPEN)] for one in pair
    }
    mo, ada, tilda = browser(app, people.mo), browser(app, people.ada), browser(app, pair[0])
    queue = mo.get("/moderation/fairness").text
    assert "One person votes one author up" in queue
    assert "score" not in queue
    assert "score" in ada.get("/moderation/fairness").text
    page = f"/moderation/fairness/{finding.id}"
    assert "Show the votes" in mo.get(page).text
    assert "Tilda" in mo.post(f"{page}/votes").text
    assert mo.post(f"{page}/decision", data={"reason": "Yes."}).status_code == 422
    assert mo.post(f"{page}/decision", data={"decision": "uphold"}).status_code == 422
    before = state(session)["votes"]
    assert mo.post(f"{page}/decision", data={"decision": "uphold", "reason": "Yes."}).status_code == 303
    assert state(session)["votes"] == before + 8
    told = browser(app, pair[1]).get("/fairness").text
    assert "8 of 8 votes up went to one author" in told
    assert "Tilda" not in told, "votes stay secret"
    assert tilda.post(f"/fairness/{finding.id}/appeal", data={"text": ""}).status_code == 422
    assert tilda.post(f"/fairness/{finding.id}/appeal", data={"text": "He is good."}).status_code == 303
    assert queries.findings_open_for([pair[0].id]) == {pair[0].id: [(finding.id, queries.APPEALED)]}
    assert mo.post(f"{page}/answer", data={"decision": "grant", "reason": "He is."}).status_code == 403
    assert ada.post(f"{page}/answer", data={"decision": "grant", "reason": "He is."}).status_code == 303
    assert "counts again" in tilda.get("/fairness").text
    assert queries.findings_open_for([pair[0].id]) == {}


def test_who_voted_for_whom_is_asked_with_a_reason_and_written_down(
    app: Flask, client: FlaskClient, session: Session, people: People, pair: tuple[User, User]
) -> None:
    mo, page = browser(app, people.mo), f"/people/{pair[1].id}/votes"
    assert "Tilda" not in mo.get(page).text
    assert mo.post(page, data={"reason": " "}).status_code == 422
    seen = select(AuditRecord.actor_id, AuditRecord.user_id, AuditRecord.reason).where(
        AuditRecord.action == "fairness.votes_seen"
    )
    assert session.execute(seen).all() == []
    shown = mo.post(page, data={"reason": "A complaint."}).text
    assert "Tilda" in shown
    session.rollback()
    assert [tuple(row) for row in session.execute(seen)] == [(people.mo.id, pair[1].id, "A complaint.")]
    for who in (people.marta, people.ana, pair[1]):
        assert browser(app, who).get(page).status_code == 403


def test_the_lines_are_the_admins_own(app: Flask, client: FlaskClient, people: People) -> None:
    assert browser(app, people.mo).get("/moderation/fairness/lines").status_code == 403
    ada = browser(app, people.ada)
    fields = {"ring-low": "4.5", "ring-high": "4"}
    assert ada.post("/moderation/fairness/lines", data=fields).status_code == 422
    assert ada.post("/moderation/fairness/lines", data=fields | {"ring-high": "8,5"}).status_code == 303
    assert 'value="8.5"' in ada.get("/moderation/fairness/lines").text
    help_page = client.get("/help").text
    assert "8.5" not in help_page


def test_voting_faster_than_one_reads_is_refused(
    app: Flask, client: FlaskClient, people: People, pair: tuple[User, User], session: Session, now: datetime
) -> None:
    ids = sorted(state(session)["answers"])
    mo = browser(app, people.mo)
    codes = [mo.post(f"/answers/{one}/vote?_method=DELETE").status_code for one in ids * 3]
    assert codes[0] == 303
    refused = mo.post(f"/answers/{ids[0]}/vote", data={"value": "1"})
    assert refused.status_code == 429
    assert "faster than anybody reads" in refused.text
    assert timedelta(0) < timedelta(seconds=int(refused.headers["Retry-After"])) <= timedelta(minutes=1)


def test_the_public_ledger_names_no_down_voters(
    app: Flask, client: FlaskClient, session: Session, people: People, now: datetime
) -> None:
    _, answer_id = answered(people, now)
    people.ada.reputation = 50
    session.commit()
    votes.cast(-1, answer_id=answer_id, by=people.ada, now=now)
    page = f"/people/{people.ada.id}/ada?tab=reputation"
    words = "Voting an answer down"
    assert words in browser(app, people.ada).get(page).text
    for who in (None, people.jonas, people.mo):
        assert words not in browser(app, who).get(page).text
    votes.withdraw(answer_id=answer_id, by=people.ada, now=now)
    assert "aken back" not in browser(app).get(page).text
    assert browser(app, people.ada).get(page).text.count("oting an answer down") == 2
