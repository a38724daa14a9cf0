"""The pages: nothing while they are switched off, one's own only, and everything by plain forms."""

import io
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import AuditRecord, Finding, FindingPerson
from community.rewards import findings, running, tending
from reputation.rewards.models import RewardClaim, RewardExport, RewardPlan
from tests.clock import Clock
from tests.people import People, sign_in
from tests.rewards.house import JULY, MAY, close, gain, switch_on
from tests.statements import count_statements

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

TYPED = {
    "currency": "gbp",
    "per_hundred": "1.25",
    "full": "60",
    "stretch": "40.00",
    "minimum": "2",
    "below": "carried",
    "way_credit": "1",
    "way_donation": "1",
    "charities": "Sea Rescue\n\nFood Bank",
    "match_percent": "50",
    "match_limit": "0",
    "choose_days": "60",
    "halves": "01-01, 07-01",
    "paid_answer_accepted": "1",
    "each_wrong_found": "0.30",
}
"""A price list as an admin types it."""


def test_while_they_are_off_nobody_sees_anything(client: FlaskClient, people: People) -> None:
    assert client.get("/rewards").status_code in (302, 303, 401)
    sign_in(client, people.jonas)
    assert client.get("/rewards").status_code == 404
    assert "/rewards" not in client.get("/tags").text
    for path in ("/admin/rewards", "/admin/rewards/plans/new", "/admin/rewards/periods/1", "/admin/rewards/exports/1.csv"):
        assert client.get(path).status_code == 403
    for path in ("switch", "plans", "periods/1/preview", "periods/1/closing", "periods/1/exports", "payments"):
        assert client.post(f"/admin/rewards/{path}").status_code == 403


def test_an_admin_declares_and_switches_on(client: FlaskClient, session: Session, people: People) -> None:
    sign_in(client, people.ada)
    assert "Declare a price list first" in client.get("/admin/rewards").text
    assert client.post("/admin/rewards/switch", data={"on": "1"}).status_code == 409
    wrong = client.post("/admin/rewards/plans", data=TYPED | {"stretch": "0", "per_hundred": "1.255", "halves": "01-01 01-02"})
    assert wrong.status_code == 422
    assert "GBP has 2 digits after the point." in wrong.text
    cliff = client.post("/admin/rewards/plans", data=TYPED | {"stretch": "0", "charities": "", "halves": "01-01 01-02"})
    assert cliff.status_code == 422
    for words in ("there would be a cliff", "Name at least one organisation", "four weeks apart"):
        assert words in cliff.text
    assert client.post("/admin/rewards/plans", data=TYPED).status_code == 303
    plan = session.scalars(select(RewardPlan)).one()
    assert (plan.currency, plan.per_hundred, plan.each, plan.halves) == ("GBP", 125, {"wrong_found": 30}, ["01-01", "07-01"])
    assert plan.charities == ["Sea Rescue", "Food Bank"]
    assert "answer_accepted" not in plan.unpaid
    assert "answer_upvoted" in plan.unpaid
    session.rollback()
    assert client.post("/admin/rewards/plans", data=TYPED | {"currency": "EUR"}).status_code == 422
    assert client.post("/admin/rewards/switch", data={"on": "1"}).status_code == 303
    assert '<a href="/rewards">' in client.get("/tags").text
    assert session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all() == [
        "rewards.declared",
        "rewards.switched_on",
    ]
    session.rollback()
    assert "switched rewards on" in client.get("/moderation").text.lower()


def test_a_members_statement(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    clock.now = MAY + timedelta(days=1)
    switch_on(people, unpaid=["accepting"], minimum=500)
    gain(people.jonas, 10, MAY)
    gain(people.jonas, 1, MAY, "accepting")
    sign_in(client, people.jonas)
    with count_statements() as few:
        page = client.get("/rewards").text
    for words in ("GBP 1.50", "1 January to 30 June 2026", "2, no money", "GBP 3.50 more", "Version 1 of the price list"):
        assert words in page
    gain(people.jonas, 60, MAY)
    with count_statements() as many:
        page = client.get("/rewards").text
    assert len(many) == len(few) <= 16
    assert "GBP 10.50" in page
    sign_in(client, people.ana)
    assert "Staff earn no rewards" in client.get("/rewards").text


def test_choosing_closing_and_the_files(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    switch_on(people)
    gain(people.jonas, 10, MAY)
    clock.now = JULY
    sign_in(client, people.ada)
    assert client.post("/admin/rewards/periods/1/preview").status_code == 303
    assert "Jonas" in client.get("/admin/rewards/periods/1").text
    assert client.post("/admin/rewards/periods/1/closing").status_code == 303
    assert client.post("/admin/rewards/periods/1/closing").status_code == 409
    shown = client.get("/admin/rewards/periods/1").text
    assert "Closed on" in shown
    assert "not chosen yet" in shown
    refused = client.post("/admin/rewards/periods/1/exports")
    assert refused.status_code == 409
    assert "Nothing waits to be paid" in refused.text
    jonas, marta = client.application.test_client(), client.application.test_client()
    sign_in(jonas, people.jonas)
    sign_in(marta, people.marta)
    assert marta.post("/rewards/1/choice", data={"way_1": "cash"}).status_code == 404
    wrong = jonas.post("/rewards/1/choice", data={"way_1": "donation", "charity_1": "Me"})
    assert wrong.status_code == 422
    assert "Choose who the donation goes to" in wrong.text
    forged = jonas.post("/rewards/1/choice", data={"way_1": "cash"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 403
    assert jonas.post("/rewards/1/choice", data={"way_1": "donation", "charity_1": "Food Bank"}).status_code == 303
    assert "a donation to Food Bank" in jonas.get("/rewards").text
    assert client.post("/admin/rewards/periods/1/exports").status_code == 303
    file = client.get("/admin/rewards/exports/1.csv")
    assert file.mimetype == "text/csv"
    assert jonas.get("/admin/rewards/exports/1.csv").status_code == 403
    filled = file.text.replace(",1.50,0.75,,", ",1.50,0.75,2026-07-20,run 7", 1)
    bad = client.post("/admin/rewards/payments", data={"file": (io.BytesIO(file.data), "paid.csv")})
    assert bad.status_code == 422
    assert "Line 2: Give the day it was paid" in bad.text
    assert client.post("/admin/rewards/payments", data={"file": (io.BytesIO(b"\xff\xfe"), "x.csv")}).status_code == 422
    assert client.post("/admin/rewards/payments").status_code == 422
    sent = client.post("/admin/rewards/payments", data={"file": (io.BytesIO(filled.encode()), "paid.csv")})
    assert sent.status_code == 303
    assert "Paid on" in jonas.get("/rewards").text
    assert "run 7" in jonas.get("/rewards").text
    assert session.scalars(select(RewardExport.total)).one() == 150


def test_a_finding_that_waits_is_said(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    switch_on(people)
    gain(people.jonas, 10, MAY)
    finding = Finding(kind="serial", key="k", score=2, reason="r", evidence={}, status="open", found_at=MAY)
    session.add(finding)
    session.flush()
    session.add(FindingPerson(finding_id=finding.id, user_id=people.jonas.id, part="to"))
    session.commit()
    close(people, 1, JULY)
    clock.now = JULY
    assert session.scalars(select(RewardClaim.held_at)).one() == JULY
    session.rollback()
    sign_in(client, people.jonas)
    assert "held until a moderator" in client.get("/rewards").text
    assert client.post("/rewards/1/choice", data={"way_1": "cash"}).status_code == 409
    finding.status = "dismissed"
    session.commit()
    tending.tend(JULY)
    inbox = client.get("/inbox").text
    assert "A reward is there for you" in inbox
    assert "GBP 1.50, until" in inbox
    assert findings.undecided([people.jonas.id]) == frozenset()
    assert client.post("/rewards/1/choice", data={"way_1": "cash"}).status_code == 303
    running.switch(False, by=people.ada, now=JULY)
    assert client.get("/rewards").status_code == 404
