"""Single-use links in mails: signed, so that nobody can make one up; a row each, so that one opens one time only.

What is signed is the row's number. The signature is bound to the purpose: a confirmation opens no password.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import AccountToken
from app.db import db
from app.errors import Gone


class Purpose(StrEnum):
    """What a link lets its holder do."""

    CONFIRM = "confirm"
    RESET = "reset"
    EMAIL = "email"


LIFETIMES = MappingProxyType(
    {Purpose.CONFIRM: timedelta(days=3), Purpose.RESET: timedelta(hours=1), Purpose.EMAIL: timedelta(days=1)}
)
"""How long a link works."""


@dataclass(frozen=True)
class Link:
    """What stands behind a link that works."""

    id: int
    user_id: int
    email: str
    """The address it was sent to."""


def issue(session: Session, user_id: int, purpose: Purpose, email: str, now: datetime) -> str:
    """Write a link into the verb's transaction; returns the part of its address that opens it."""
    row = AccountToken(
        user_id=user_id, purpose=purpose.value, email=email, created_at=now, expires_at=now + LIFETIMES[purpose], used_at=None
    )
    session.add(row)
    session.flush()
    return str(_serializer(purpose, now).dumps(row.id))


def look(token: str, purpose: Purpose, now: datetime) -> Link:
    """What is behind a link, changing nothing. Raises Gone when it is forged, for another purpose, used or too old."""
    number = _number(token, purpose, now)
    row = db.session.execute(select(AccountToken.user_id, AccountToken.email).where(*_works(number, purpose, now))).first()
    if row is None:
        raise _gone()
    return Link(number, row.user_id, row.email)


def use(session: Session, link: Link, purpose: Purpose, now: datetime) -> None:
    """Use up a link in the verb's transaction; raises Gone when somebody was faster."""
    used = session.execute(
        update(AccountToken)
        .where(*_works(link.id, purpose, now))
        .values(used_at=now)
        .returning(AccountToken.id)
        .execution_options(synchronize_session=False)
    )
    if used.first() is None:
        raise _gone()


def void(session: Session, user_id: int, purposes: Sequence[Purpose], now: datetime) -> None:
    """Make every unused link of these purposes useless: who was let in by another door must not keep a key to this one."""
    session.execute(
        update(AccountToken)
        .where(AccountToken.user_id == user_id, AccountToken.purpose.in_(purposes), AccountToken.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


def _works(number: int, purpose: Purpose, now: datetime) -> tuple[Any, ...]:
    return (
        AccountToken.id == number,
        AccountToken.purpose == purpose.value,
        AccountToken.used_at.is_(None),
        AccountToken.expires_at > now,
    )


def _number(token: str, purpose: Purpose, now: datetime) -> int:
    try:
        number = _serializer(purpose, now).loads(token, max_age=int(LIFETIMES[purpose].total_seconds()))
    except BadSignature:
        raise _gone() from None
    return int(number)


def _gone() -> Gone:
    return Gone("This link was used already, or it is too old.")


class _Signer(TimestampSigner):
    """Signs with the verb's clock instead of the wall's."""

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:  # noqa: ANN401 - handed on as they come
        super().__init__(*args, **kwargs)
        self._now = now

    def get_timestamp(self) -> int:
        return int(self._now.timestamp())


def _serializer(purpose: Purpose, now: datetime) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        current_app.config["SECRET_KEY"],
        salt=f"bestbefore.link.{purpose.value}",
        signer=_Signer,
        signer_kwargs={"now": now, "digest_method": hashlib.sha256},
    )
