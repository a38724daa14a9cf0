"""Giving a person a role, and writing it down."""

from datetime import datetime

from app.accounts import people
from app.accounts.models import Role, User
from app.db import transaction
from community import policy
from community.moderation import audit


def change(user_id: int, role: Role, *, by: User, now: datetime) -> None:
    """Change a person's role; admins only. Raises Conflict when no admin would be left, NotFound for nobody."""
    with transaction() as session:
        policy.require(by, "set_role", None, now)
        people.set_role(user_id, role, by, now)
        audit.record(session, by, "person.role_changed", now, reason=role.value, user_id=user_id)
