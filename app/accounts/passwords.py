"""Changing a password: by who knows it, or by who owns the mail address. Either way every other way in is shut."""

from collections.abc import Sequence
from datetime import datetime

from flask import current_app
from sqlalchemy import func, select, update

from app.accounts import letters, links, sessions
from app.accounts.fields import email_key
from app.accounts.hashing import hash_password, matches
from app.accounts.links import Purpose
from app.accounts.models import User
from app.accounts.strength import weakness
from app.config import Settings
from app.db import db, transaction
from app.errors import Conflict, Gone, Invalid
from app.outbox import Payload, emit

RESET_TOPIC = "accounts.reset"
NOT_YOURS = "This is not your present password."


def change_password(current: str, new: str, by: User, keep_session_id: int | None, now: datetime) -> None:
    """Set a new password, end the person's other sessions and void what links they have.

    Raises Invalid for `current` (not their password) and for `new` (too weak), Conflict when it was changed at the same moment.
    """
    stored = by.password_hash
    if not matches(stored, current):
        raise Invalid({"current": NOT_YOURS})
    _check(new, by.name, by.email, "new")
    hashed = hash_password(new)
    user_id = by.id
    with transaction() as session:
        changed = session.execute(
            update(User)
            .where(User.id == user_id, User.password_hash == stored)
            .values(password_hash=hashed)
            .returning(User.name, User.email)
            .execution_options(synchronize_session=False)
        ).first()
        if changed is None:
            raise Conflict("Your password was changed elsewhere at the same moment.")
        links.void(session, user_id, [Purpose.RESET, Purpose.EMAIL], now)
        sessions.end_all(session, user_id, keep_session_id)
        if changed.email is not None:
            letters.password_changed(session, changed.email, changed.name, now)


def ask_for_reset(email: str, now: datetime) -> None:
    """Have a link to set a new password mailed, if the address is somebody's.

    Whether it is, is looked up by the handler: here the same happens for every address, in the same time.
    """
    with transaction() as session:
        emit(session, RESET_TOPIC, now, email=email_key(email), mail_id=letters.new_mail_id(), at=now.isoformat())


def send_reset_links(payloads: Sequence[Payload]) -> None:
    """The outbox's handler for `accounts.reset`: mail the link to the address's owner; nothing when it has none.

    The link's time counts from when it was asked for.
    """
    for payload in payloads:
        now = datetime.fromisoformat(payload["at"])
        with transaction() as session:
            owner = session.execute(select(User.id, User.name).where(User.email == payload["email"])).first()
            if owner is None:
                continue
            token = links.issue(session, owner.id, Purpose.RESET, payload["email"], now)
            letters.reset_password(session, payload["email"], owner.name, token, now, payload["mail_id"])


def reset_password(token: str, new: str, now: datetime) -> None:
    """Set a new password by a mailed link, end every session, void every other link, and count the address as confirmed.

    Raises Gone when the link does not work, Invalid when the password is too weak; then the link keeps working.
    """
    link = links.look(token, Purpose.RESET, now)
    name = db.session.execute(select(User.name).where(User.id == link.user_id)).scalar_one()
    _check(new, name, link.email, "password")
    hashed = hash_password(new)
    with transaction() as session:
        # The person's row first, as everywhere: two verbs that take rows in another order would wait for each other for ever.
        changed = session.execute(
            update(User)
            .where(User.id == link.user_id, User.email == link.email)
            .values(password_hash=hashed, email_confirmed_at=func.coalesce(User.email_confirmed_at, now))
            .returning(User.id)
            .execution_options(synchronize_session=False)
        )
        if changed.first() is None:
            raise Gone("The account has another mail address by now.")
        links.use(session, link, Purpose.RESET, now)
        links.void(session, link.user_id, list(Purpose), now)
        sessions.end_all(session, link.user_id)
        letters.password_changed(session, link.email, name, now)


def _check(new: str, name: str, email: str | None, field: str) -> None:
    settings: Settings = current_app.config["SETTINGS"]
    if weak := weakness(new, [name, email or "", settings.site_name, settings.company_name]):
        raise Invalid({field: weak})
