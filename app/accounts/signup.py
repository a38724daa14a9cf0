"""Becoming a member. What is said is the same whether an address has an account or not: only its owner learns it, by mail."""

from dataclasses import asdict, dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import letters, links
from app.accounts.fields import clean_email, clean_name
from app.accounts.hashing import hash_password
from app.accounts.links import Purpose
from app.accounts.models import Role, User
from app.accounts.strength import weakness
from app.config import Settings
from app.db import insert_into, transaction
from app.errors import Invalid

NAME_TAKEN = "Somebody here has this name already. Names that differ only in case, spaces or signs count as the same."


@dataclass(frozen=True)
class _Newcomer:
    name: str
    name_key: str
    email: str
    password_hash: str


def sign_up(name: str, email: str, password: str, now: datetime) -> None:
    """Open an account and mail its address a link that confirms it.

    For an address that has an account nothing is opened; its owner is told by mail, and the caller sees no difference. Raises
    Invalid for what cannot be taken: `name` (its form, or somebody has it), `email` (its form), `password` (too weak).
    """
    person = _newcomer(name, email, password)
    with transaction() as session:
        user_id = _add(session, person, Role.CUSTOMER, None, now)
        if user_id is not None:
            token = links.issue(session, user_id, Purpose.CONFIRM, person.email, now)
            letters.confirm_address(session, person.email, person.name, token, now)
            return
        owner = session.execute(select(User.name).where(User.email == person.email)).scalar_one()
        letters.already_a_member(session, person.email, owner, now)


def create_admin(name: str, email: str, password: str, now: datetime) -> int:
    """Open an account for an admin with a confirmed address; returns its id. For the command line, so it does say what is taken.

    Raises Invalid for what cannot be taken or is taken.
    """
    person = _newcomer(name, email, password)
    with transaction() as session:
        user_id = _add(session, person, Role.ADMIN, now, now)
        if user_id is None:
            raise Invalid({"email": "There is an account with this address already."})
        return user_id


def confirm(token: str, now: datetime) -> None:
    """Confirm the address a link was sent to. Raises Gone when the link does not work."""
    link = links.look(token, Purpose.CONFIRM, now)
    with transaction() as session:
        session.execute(
            update(User)
            .where(User.id == link.user_id, User.email == link.email, User.email_confirmed_at.is_(None))
            .values(email_confirmed_at=now)
            .execution_options(synchronize_session=False)
        )
        links.use(session, link, Purpose.CONFIRM, now)
        links.void(session, link.user_id, [Purpose.CONFIRM], now)


def send_confirmation(by: User, now: datetime) -> None:
    """Mail the person the link again; those before it stop working. Does nothing once the address is confirmed."""
    with transaction() as session:
        if by.email is None or by.email_confirmed_at is not None:
            return
        links.void(session, by.id, [Purpose.CONFIRM], now)
        token = links.issue(session, by.id, Purpose.CONFIRM, by.email, now)
        letters.confirm_address(session, by.email, by.name, token, now)


def _newcomer(name: str, email: str, password: str) -> _Newcomer:
    problems: dict[str, str] = {}
    clean, key, address = "", "", ""
    try:
        clean, key = clean_name(name)
    except ValueError as error:
        problems["name"] = str(error)
    try:
        address = clean_email(email)
    except ValueError as error:
        problems["email"] = str(error)
    settings: Settings = current_app.config["SETTINGS"]
    if weak := weakness(password, [name, email, settings.site_name, settings.company_name]):
        problems["password"] = weak
    if problems:
        raise Invalid(problems)
    return _Newcomer(clean, key, address, hash_password(password))


def _add(session: Session, person: _Newcomer, role: Role, confirmed_at: datetime | None, now: datetime) -> int | None:
    """Insert the person; None when the address is taken. Raises Invalid when the name is.

    One statement decides, so that of any number of sign-ups at once one wins. The name is looked at first, whosever the address
    is: otherwise the answer would tell whether a name and an address belong together.
    """
    statement = insert_into(session, User).values(
        **asdict(person), role=role.value, email_confirmed_at=confirmed_at, created_at=now
    )
    user_id = session.execute(statement.on_conflict_do_nothing().returning(User.id)).scalar()
    if user_id is None and session.execute(select(User.id).where(User.name_key == person.name_key)).first() is not None:
        raise Invalid({"name": NAME_TAKEN})
    return user_id
