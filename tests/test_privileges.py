"""Which reputation gives which privilege: presets, own values, saving them, and who hears of it when."""

import dataclasses
import time
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import Settings
from app.errors import Conflict, Forbidden, Invalid
from app.factory import create_app
from community import policy
from community.models import AuditRecord
from community.moderation import privileges
from community.moderation.privileges import Wanted
from community.queries.privileges import effects
from reputation.privileges import current
from reputation.privileges.models import PrivilegeVersion
from reputation.privileges.table import GROWN, NEW, PRIVILEGES, Thresholds, thresholds
from tests.databases import close
from tests.pages.reading import plain
from tests.people import People
from tests.statements import count_statements
from tests.stories import answered, browser

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def grown(**own: int) -> Wanted:
    return Wanted(GROWN, thresholds(GROWN, Thresholds(GROWN).all() | own).all(), False)


def looked(wanted: Wanted, before: Thresholds | None = None) -> str:
    """What an admin's browser sends who has looked at it; `before` is what was in force, nothing saved yet without."""
    return privileges.token(before or Thresholds(), privileges.checked(wanted))


def test_the_presets_and_own_values() -> None:
    assert (Thresholds().needed("vote_down"), Thresholds(GROWN).needed("vote_down")) == (50, 125)
    mixed = thresholds(GROWN, {"edit": 800, "close": 3000})
    assert mixed.own == {"edit": 800}, "only what differs from the preset is its own"
    assert (mixed.needed("edit"), mixed.needed("close")) == (800, 3000)
    with pytest.raises(KeyError):
        mixed.needed("fly")


def test_every_privilege_is_asked_by_a_rule_of_that_name() -> None:
    assert [name for name in PRIVILEGES if name not in policy.RULES] == []


@on_sqlite
def test_saving_holds_at_once_here_and_soon_in_another_process(
    session: Session, people: People, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = create_app(dataclasses.replace(settings))
    try:
        people.jonas.reputation = 60
        session.commit()
        with other.app_context():
            assert current.needed("vote_down") == 50
        assert policy.can(people.jonas, "vote_down", None, now)
        privileges.change(grown(), seen=looked(grown()), note="We have grown.", by=people.ada, now=now)
        refused = policy.decide(people.jonas, "vote_down", None, now)
        assert refused.reason == "You need 125 reputation to vote down; you have 60, 65 short."
        assert (refused.needed, refused.missing) == (125, 65)
        late = time.monotonic() + current.STALE_FOR
        monkeypatch.setattr(time, "monotonic", lambda: late)
        with other.app_context():
            assert current.needed("vote_down") == 125
    finally:
        close(other)


@on_sqlite
def test_a_version_never_gives_way_to_an_older_one(app: Flask, session: Session, people: People, now: datetime) -> None:
    """A transaction that began before the change still sees the old row; the process does not go back to it."""
    privileges.change(grown(), seen=looked(grown()), by=people.ada, now=now)
    current.keep(Thresholds())
    assert current.needed("vote_down") == 125


def test_versions_are_kept_and_who_did_not_see_the_last_is_refused(session: Session, people: People, now: datetime) -> None:
    privileges.change(grown(edit=800), seen=looked(grown(edit=800)), note="First.", by=people.ada, now=now)
    with pytest.raises(Conflict):
        privileges.change(grown(), seen=looked(grown()), by=people.ada, now=now)
    kept = current.read(session)
    back = Wanted(NEW, Thresholds().all(), True)
    with pytest.raises(Conflict, match="by these values"):
        privileges.change(back, seen=looked(grown(), kept), by=people.ada, now=now)
    privileges.change(back, seen=looked(back, kept), by=people.ada, now=now)
    rows = session.scalars(select(PrivilegeVersion).order_by(PrivilegeVersion.id)).all()
    assert [(row.preset, row.own, row.automatic) for row in rows] == [(GROWN, {"edit": 800}, False), (NEW, {}, True)]
    acts = session.scalars(select(AuditRecord.action)).all()
    assert acts == ["privileges.changed", "privileges.changed"]
    assert current.thresholds() == current.read(session)


@on_sqlite
def test_what_is_refused(session: Session, people: People, now: datetime) -> None:
    with pytest.raises(Forbidden):
        privileges.change(grown(), seen=looked(grown()), by=people.mo, now=now)
    with pytest.raises(Invalid):
        privileges.change(Wanted(NEW, Thresholds().all() | {"edit": -1}, False), seen="", by=people.ada, now=now)
    with pytest.raises(Invalid):
        privileges.change(Wanted("old", Thresholds().all(), False), seen="", by=people.ada, now=now)
    as_it_is = Wanted(NEW, Thresholds().all(), False)
    with pytest.raises(Conflict, match="as it is"):
        privileges.change(as_it_is, seen=looked(as_it_is), by=people.ada, now=now)


def test_who_gains_and_who_loses(session: Session, people: People, now: datetime) -> None:
    people.jonas.reputation, people.marta.reputation, people.ana.reputation = 60, 700, 60
    session.commit()
    found = {effect.name: effect for effect in effects(session, Thresholds(), thresholds(GROWN, {"edit": 400}))}
    assert set(found) == set(PRIVILEGES) - {"verify"}
    assert (found["vote_down"].loses, [one.name for one in found["vote_down"].people]) == (1, ["Jonas"])
    assert (found["close"].loses, found["close"].gains) == (1, 0)
    back = {effect.name: effect for effect in effects(session, thresholds(GROWN, {}), Thresholds())}
    assert (back["vote_down"].gains, back["vote_down"].loses) == (1, 0), "staff may anyway, so they gain nothing"


@pytest.fixture
def admin(app: Flask, client: FlaskClient, people: People) -> FlaskClient:
    return browser(app, people.ada)


@on_sqlite
def test_the_page_shows_before_it_saves(admin: FlaskClient, session: Session, people: People, app: Flask) -> None:
    people.jonas.reputation = 60
    session.commit()
    assert browser(app, people.mo).get("/admin/privileges").status_code == 403
    seen = plain(admin.get("/admin/privileges?preset=grown").text)
    assert "Vote down" in seen
    assert "1 person loses it: Jonas" in seen
    assert session.scalars(select(PrivilegeVersion)).all() == []
    values = {f"at_{name}": str(value) for name, value in Thresholds(GROWN).all().items()}
    assert admin.post("/admin/privileges", data={"preset": "own", "base": "grown", **values}).status_code == 409, "not looked at"
    saved = admin.post(
        "/admin/privileges", data={"preset": "own", "base": "grown", "seen": looked(grown()), **values, "note": "Grown."}
    )
    assert saved.status_code == 303
    help_page = plain(browser(app).get("/help").text)
    assert "vote down people with 125 reputation, not on their own" in help_page
    wrong = admin.get("/admin/privileges?preset=own&base=new&at_edit=many")
    assert "whole number" in wrong.text


@on_sqlite
def test_a_stored_page_follows_the_table(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    anybody = browser(app)
    assert "people with 50 reputation" in plain(anybody.get("/help").text)
    assert "from 50 reputation on" in plain(anybody.get("/privileges").text)
    privileges.change(grown(), seen=looked(grown()), by=people.ada, now=now)
    assert "people with 125 reputation" in plain(anybody.get("/help").text)
    assert "from 125 reputation on" in plain(anybody.get("/privileges").text)


@on_sqlite
def test_a_person_sees_how_far_the_next_one_is(app: Flask, client: FlaskClient, session: Session, people: People) -> None:
    people.jonas.reputation = 60
    session.commit()
    seen = plain(browser(app, people.jonas).get("/privileges").text)
    assert "40 more and you may make a new tag" in seen
    assert "You may vote down" in seen


@on_sqlite
def test_thresholds_cost_a_page_no_statement(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    question_id, _ = answered(people, now)
    reader = browser(app, people.marta)
    reader.get(f"/questions/{question_id}")
    with count_statements() as sent:
        assert reader.get(f"/questions/{question_id}", follow_redirects=True).status_code == 200
    assert not [statement for statement in sent if "privilege" in statement]
