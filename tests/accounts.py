"""What the tests of accounts share."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User, UserSession
from app.db import Base
from app.security import SESSION_COOKIE

STRONG = "nine owls under the old bridge"
"""A password that nobody has yet."""

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what has nothing to do with the kind of database."""


def count(session: Session, what: type[Base]) -> int:
    """How many rows a table has now."""
    session.rollback()
    return session.execute(select(func.count()).select_from(what)).scalar_one()


def rows(session: Session, who: User) -> list[UserSession]:
    """Somebody's sessions as they are in the table now."""
    session.rollback()
    statement = select(UserSession).where(UserSession.user_id == who.id).order_by(UserSession.id)
    return list(session.execute(statement).scalars())


def cookie(client: FlaskClient) -> str | None:
    """The session cookie that a browser holds."""
    found = client.get_cookie(SESSION_COOKIE)
    return found.value if found else None


def is_signed_in(client: FlaskClient) -> bool:
    """Whether a browser gets to see the settings."""
    return client.get("/settings").status_code == 200
