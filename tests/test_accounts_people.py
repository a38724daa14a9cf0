"""What people show of themselves, and roles."""

import time
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from app.accounts import people as verbs
from app.accounts.models import Role, User
from app.accounts.people import avatar_of, initials_and_hue, person_url, suspension_notice
from app.db import transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.pages import PageVersion, person_key
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.people import People, person, sign_in


def version(session: Session, who: User) -> int:
    """How often what shows this person has changed."""
    session.rollback()
    found = session.execute(select(PageVersion.version).where(PageVersion.name == person_key(who.id))).scalar()
    return found or 0


# --- the profile ----------------------------------------------------------------------------------------------------------


def test_a_person_changes_name_and_words(client: FlaskClient, session: Session, people: People) -> None:
    sign_in(client, people.marta)
    answer = client.post("/settings/profile", data={"name": " Marta  Brandt ", "about": "I **ask**. <script>x</script>"})
    assert (answer.status_code, answer.location) == (303, "/settings")
    session.refresh(people.marta)
    assert (people.marta.name, people.marta.name_key) == ("Marta Brandt", "martabrandt")
    assert people.marta.about_source == "I **ask**. <script>x</script>"
    assert "<strong>ask</strong>" in people.marta.about_html
    assert "<script" not in people.marta.about_html
    assert version(session, people.marta) == 1
    page = client.get("/settings").text
    assert 'value="Marta Brandt"' in page
    assert "Saved." in page


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "JONAS", "about": ""}, "name"),
        ({"name": "x", "about": ""}, "name"),
        ({"name": "Marta", "about": "x" * 2001}, "about"),
        ({}, "name"),
    ],
)
def test_a_profile_that_is_refused(
    client: FlaskClient, session: Session, people: People, form: dict[str, str], field: str
) -> None:
    sign_in(client, people.marta)
    answer = client.post("/settings/profile", data=form)
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text
    assert form.get("about", "") in answer.text
    session.refresh(people.marta)
    assert (people.marta.name, people.marta.about_source) == ("Marta", "")
    assert version(session, people.marta) == 0


def test_reminders_can_be_switched_off_and_on(client: FlaskClient, session: Session, people: People) -> None:
    sign_in(client, people.marta)
    box = '<input type="checkbox" name="reminders" value="1"'
    assert f"{box} checked" in client.get("/settings").text
    for sent, wanted in (({}, False), ({}, False), ({"reminders": "1"}, True)):
        answer = client.post("/settings/notices", data=sent)
        assert (answer.status_code, answer.location) == (303, "/settings")
        session.refresh(people.marta)
        assert people.marta.mail_notices is wanted
        assert (f"{box} checked" in client.get("/settings").text) is wanted
    session.refresh(people.jonas)
    assert people.jonas.mail_notices


def test_only_who_is_signed_in_has_reminders(client: FlaskClient, people: People) -> None:
    assert client.post("/settings/notices", data={}).status_code == 401
    assert client.get("/settings/notices").location == "/settings"


def test_a_name_may_change_its_spelling(client: FlaskClient, session: Session, people: People) -> None:
    """It is one's own name already, whatever its capitals."""
    sign_in(client, people.marta)
    assert client.post("/settings/profile", data={"name": "MARTA", "about": ""}).status_code == 303
    session.refresh(people.marta)
    assert people.marta.name == "MARTA"


def test_twenty_people_want_one_new_name(app: Flask, session: Session, now: datetime) -> None:
    with transaction() as inner:
        inner.add_all(person(f"Person {number}", now) for number in range(20))

    def rename(number: int) -> None:
        with transaction() as inner:
            by = inner.get_one(User, number + 1)
        verbs.edit_profile("Lena", "", by, now)

    said = at_once(app, 20, rename)
    assert said.count(None) == 1
    assert sum(isinstance(error, Invalid) for error in said) == 19


def test_suspended_people_stay_as_they_are(client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    people.marta.suspended_until, people.marta.suspended_reason = now + timedelta(days=1), "Rude."
    session.commit()
    sign_in(client, people.marta)
    assert client.post("/settings/profile", data={"name": "Mo the moderator", "about": ""}).status_code == 403
    assert client.post("/settings/avatar").status_code == 403
    assert client.post("/settings/avatar?_method=DELETE").status_code == 403
    session.refresh(people.marta)
    assert people.marta.name == "Marta"


@on_sqlite
def test_who_may_and_how(client: FlaskClient, session: Session, people: People) -> None:
    form = {"name": "Marta Brandt", "about": ""}
    assert client.post("/settings/profile", data=form).status_code == 401
    sign_in(client, people.marta)
    assert client.post("/settings/profile", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.put("/settings/profile", data=form).status_code == 405
    assert client.get("/settings/profile").location == "/settings", "where a refused form left the browser"
    session.refresh(people.marta)
    assert people.marta.name == "Marta"


@on_sqlite
def test_settings_of_an_unconfirmed_address_offer_the_link(client: FlaskClient, session: Session, people: People) -> None:
    sign_in(client, people.marta)
    assert "/settings/confirmation" not in client.get("/settings").text
    people.marta.email_confirmed_at = None
    session.commit()
    assert 'action="/settings/confirmation"' in client.get("/settings").text


# --- what is drawn and shown ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ana", "A"),
        ("Ana Ruiz", "AR"),
        ("ana maria de la ruiz", "AR"),
        ("Jean-Luc", "J"),
        ("(Mo) 'Haddad", "MH"),
        ("محمد علی", "مع"),
        ("王小明", "王"),
        ("ßeta", "S"),
        ("2 Fast", "2F"),
        ("— —", "?"),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert initials_and_hue(name)[0] == initials


def test_hues_are_twelve_and_stay(now: datetime) -> None:
    hues = {initials_and_hue(f"Person {number}")[1] for number in range(300)}
    assert hues == set(range(12))
    assert avatar_of(person("Ana", now)) == avatar_of(person("Ana", now)) == initials_and_hue("Ana")


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("Ana Ruiz", "/people/7/ana-ruiz"),
        ("Łukasz O’Neill", "/people/7/ukasz-oneill"),
        ("Zoë  Brücken", "/people/7/zoe-brucken"),
        ("../../x?y#z", "/people/7/x-y-z"),
        ("محمد", "/people/7"),
    ],
)
def test_addresses_of_people(name: str, url: str) -> None:
    assert person_url(7, name) == url


def test_the_notice_of_a_suspension(now: datetime) -> None:
    marta = person("Marta", now)
    assert suspension_notice(marta, now) == ""
    marta.suspended_until, marta.suspended_reason = now + timedelta(days=3, hours=2), "Rude to Jonas."
    said = suspension_notice(marta, now)
    assert said == ("Your account is suspended until 24 November 2026, 14:00 UTC: Rude to Jonas. You can read, but not write.")
    assert suspension_notice(marta, marta.suspended_until) == ""


# --- roles ----------------------------------------------------------------------------------------------------------------


def test_an_admin_gives_a_role(session: Session, people: People, now: datetime) -> None:
    verbs.set_role(people.jonas.id, Role.STAFF, people.ada, now)
    session.refresh(people.jonas)
    assert people.jonas.role == Role.STAFF
    assert version(session, people.jonas) == 1


@pytest.mark.parametrize("who", ["marta", "ana", "mo"])
def test_nobody_else_gives_roles(session: Session, people: People, now: datetime, who: str) -> None:
    by: User = getattr(people, who)
    for role in Role:
        with pytest.raises(Forbidden):
            verbs.set_role(by.id, role, by, now)
    session.refresh(by)
    assert not by.is_admin


def test_a_suspended_admin_gives_no_roles(session: Session, people: People, now: datetime) -> None:
    people.ada.suspended_until = now + timedelta(days=1)
    session.commit()
    with pytest.raises(Forbidden):
        verbs.set_role(people.jonas.id, Role.STAFF, people.ada, now)


def test_the_last_admin_stays_one(session: Session, people: People, now: datetime) -> None:
    with pytest.raises(Conflict):
        verbs.set_role(people.ada.id, Role.CUSTOMER, people.ada, now)
    verbs.set_role(people.ada.id, Role.ADMIN, people.ada, now)
    verbs.set_role(people.mo.id, Role.ADMIN, people.ada, now)
    verbs.set_role(people.ada.id, Role.CUSTOMER, people.ada, now)
    with pytest.raises(Forbidden):
        verbs.set_role(people.ada.id, Role.ADMIN, people.ada, now)
    with pytest.raises(NotFound):
        verbs.set_role(4711, Role.STAFF, people.mo, now)


def test_two_admins_who_take_it_from_each_other(app: Flask, session: Session, people: People, now: datetime) -> None:
    verbs.set_role(people.mo.id, Role.ADMIN, people.ada, now)
    pair = [people.ada.id, people.mo.id]

    def linger(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        """Leaves time between looking who is an admin and acting on it, in which the other one could look, too."""
        if "users.role =" in statement:
            time.sleep(0.1)

    def dethrone(number: int) -> None:
        with transaction() as inner:
            by = inner.get_one(User, pair[number])
        verbs.set_role(pair[1 - number], Role.CUSTOMER, by, now)

    event.listen(Engine, "after_cursor_execute", linger)
    try:
        said = at_once(app, 2, dethrone)
    finally:
        event.remove(Engine, "after_cursor_execute", linger)
    assert said.count(None) == 1
    session.rollback()
    assert len(session.execute(select(User.id).where(User.role == Role.ADMIN)).all()) == 1
