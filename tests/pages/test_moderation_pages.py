"""The moderators' pages: the overview, a person's standing, a tag's policy."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import User
from community.models import Tag
from community.moderation import removal
from tests.people import People, sign_in
from tests.stories import answered

PAGES = ("/moderation", "/people/{jonas}/standing", "/tags/broadband/policy")


@pytest.mark.parametrize("path", PAGES)
def test_who_may_look(client: FlaskClient, people: People, path: str) -> None:
    path = path.format(jonas=people.jonas.id)
    assert client.get(path).status_code == 303
    for who, status in ((people.marta, 403), (people.ana, 403), (people.mo, 200), (people.ada, 200)):
        sign_in(client, who)
        assert client.get(path).status_code == status, who.name
        client.delete("/session")


def test_the_overview_shows_what_was_removed_and_restores_it(client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    removal.remove_answer(answer_id, reason="advertises a shop", by=people.mo, now=now)
    sign_in(client, people.mo)
    page = client.get("/moderation").text
    assert "advertises a shop" in page
    assert f"/answers/{answer_id}/removal" in page
    assert client.delete(f"/answers/{answer_id}/removal").status_code == 303
    assert "Nothing is removed." in client.get("/moderation").text


def test_suspending_from_the_page(client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    sign_in(client, people.mo)
    path = f"/people/{people.jonas.id}/suspension"
    refused = client.post(path, data={"days": "3", "reason": ""})
    assert refused.status_code == 422
    assert "The reason is missing." in refused.text
    refused = client.post(path, data={"days": "", "until": "soon", "reason": "kept in the form"})
    assert refused.status_code == 422
    assert "kept in the form" in refused.text
    assert client.post(path, data={"days": "3", "reason": "insults"}).status_code == 303
    assert session.get_one(User, people.jonas.id, populate_existing=True).suspended_until == now + timedelta(days=3)
    assert "Lift the suspension" in client.get(f"/people/{people.jonas.id}/standing").text
    assert client.delete(path).status_code == 303
    assert session.get_one(User, people.jonas.id, populate_existing=True).suspended_until is None


def test_experts_and_roles_from_the_page(client: FlaskClient, session: Session, people: People) -> None:
    sign_in(client, people.ada)
    path = f"/people/{people.jonas.id}"
    assert client.post(f"{path}/expertise", data={"tag": "no-such-tag"}).status_code == 422
    assert client.post(f"{path}/expertise", data={"tag": " Broadband "}).status_code == 303
    tag = session.query(Tag).filter_by(name="broadband").one()
    assert client.delete(f"{path}/expertise/{tag.id}").status_code == 303
    assert client.post(f"{path}/role", data={"role": "emperor"}).status_code == 422
    assert client.post(f"{path}/role", data={"role": "staff"}).status_code == 303
    assert session.get_one(User, people.jonas.id, populate_existing=True).is_staff


def test_a_policy_is_looked_at_before_it_is_set(client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    answered(people, now - timedelta(days=50))
    sign_in(client, people.mo)
    wanted = {"interval_days": "30", "grace_days": "", "verifiers_needed": "", "spread_days": "7"}
    assert "Set the policy" not in client.get("/tags/broadband/policy").text, "nobody has seen yet what it would do"
    preview = client.get("/tags/broadband/policy", query_string=wanted)
    assert "<b>1</b> would fall due" in preview.text
    assert "Set the policy" in preview.text
    tag = session.query(Tag).filter_by(name="broadband").one()
    assert tag.interval_days is None, "looking changes nothing"
    assert client.post("/tags/broadband/policy", data={**wanted, "interval_days": "many"}).status_code == 422
    assert client.post("/tags/broadband/policy", data={**wanted, "interval_days": "9999"}).status_code == 422
    assert client.post("/tags/broadband/policy", data=wanted).status_code == 303
    assert session.get_one(Tag, tag.id, populate_existing=True).interval_days == 30
    assert client.post("/tags/broadband/description", data={"description": "Lines into the house"}).status_code == 303
    assert client.get("/tags/no-such/policy").status_code == 404


def test_what_sets_the_dates_is_chosen_on_the_page(client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    answered(people, now - timedelta(days=50))
    sign_in(client, people.mo)
    form = client.get("/tags/broadband/policy").text
    assert 'value="plain" checked' in form
    wanted = {"freshness": "permanent", "interval_days": "", "grace_days": "", "verifiers_needed": "", "spread_days": "7"}
    for day in ("", "soon", "2026-11-20", "2027-12-24"):
        refused = client.post("/tags/broadband/policy", data={**wanted, "permanent_until": day})
        assert refused.status_code == 422
        assert 'aria-describedby="h-permanent_until e-permanent_until"' in refused.text
    assert client.post("/tags/broadband/policy", data={**wanted, "freshness": "for ever"}).status_code == 422
    wanted["permanent_until"] = "2027-01-31"
    assert "1</b> answer lives" in client.get("/tags/broadband/policy", query_string=wanted).text
    assert client.post("/tags/broadband/policy", data=wanted).status_code == 303
    tag = session.query(Tag).filter_by(name="broadband").populate_existing().one()
    assert (tag.freshness, tag.permanent_until) == ("permanent", datetime(2027, 1, 31, 23, 59, 59, 999999, UTC))
    assert "until 31 January 2027 without checks" in client.get("/tags/broadband").text
    assert 'value="2027-01-31"' in client.get("/tags/broadband/policy").text
