"""The same people in every test.

Marta is a customer with a new router; she asks. Jonas, a customer for years, answers. Ana works for the company and knows
broadband; she verifies. Mo moderates, Ada runs the site.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from community.models import Expertise, Tag

PASSWORD = "three geese on a slow train"
"""Everybody's."""
ARGON2_TIME_COST = 1
ARGON2_MEMORY_KIB = 8
"""The least that argon2 takes, so that tests do not wait for passwords."""


@dataclass(frozen=True)
class People:
    """Everybody there is."""

    marta: User
    """A customer, who asks."""
    jonas: User
    """A customer, who answers."""
    ana: User
    """Staff, an expert of the tag `broadband`."""
    mo: User
    """A moderator."""
    ada: User
    """An admin."""

    def everybody(self) -> tuple[User, ...]:
        return (self.marta, self.jonas, self.ana, self.mo, self.ada)


def settle(session: Session, now: datetime) -> People:
    """Everybody has been here for a year at `now`, with the reputation of a beginner; Ana is an expert of `broadband`."""
    people = People(
        marta=person("Marta", now),
        jonas=person("Jonas", now),
        ana=person("Ana", now, role=Role.STAFF),
        mo=person("Mo", now, role=Role.MODERATOR),
        ada=person("Ada", now, role=Role.ADMIN),
    )
    session.add_all(people.everybody())
    session.flush()
    make_expert(session, people.ana, "broadband", now)
    session.commit()
    return people


def person(name: str, now: datetime, role: Role = Role.CUSTOMER, **fields: Any) -> User:  # noqa: ANN401 - columns of any type
    """Somebody who joined a year before `now`, with a confirmed mail address and PASSWORD; not yet added to a session."""
    joined = now - timedelta(days=365)
    return User(
        **{
            "name": name,
            "name_key": name.casefold(),
            "email": f"{name.casefold()}@example.net",
            "email_confirmed_at": joined,
            "password_hash": _password_hash(),
            "role": role,
            "created_at": joined,
            **fields,
        }
    )


def make_expert(session: Session, user: User, tag_name: str, now: datetime) -> Tag:
    """Trust `user` to verify under a tag for a year from `now`; the tag is made if there is none."""
    until = now + timedelta(days=365)
    tag = session.query(Tag).filter_by(name=tag_name).one_or_none()
    if tag is None:
        tag = Tag(name=tag_name, freshness="plain", created_at=now - timedelta(days=365))
        session.add(tag)
        session.flush()
    session.add(Expertise(user_id=user.id, tag_id=tag.id, granted_at=now, expires_at=until))
    user.expert_until = until
    session.flush()
    return tag


def sign_in(client: FlaskClient, who: User, password: str = PASSWORD) -> FlaskClient:
    """Sign `who` in the way a person does, through the page; AssertionError when the door stays shut."""
    answer = client.post("/sign-in", data={"email": who.email, "password": password})
    assert answer.status_code == 303, answer.text
    return client


@cache
def _password_hash() -> str:
    return PasswordHasher(time_cost=ARGON2_TIME_COST, memory_cost=ARGON2_MEMORY_KIB, parallelism=1).hash(PASSWORD)
