"""Changing the mail address: asked for with the password, done by the link that reaches the new address."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts import letters, links
from app.accounts.fields import clean_email
from app.accounts.hashing import matches
from app.accounts.links import Purpose
from app.accounts.models import User
from app.accounts.passwords import NOT_YOURS
from app.db import db, transaction
from app.errors import Conflict, Gone, Invalid


def ask_for_change(email: str, password: str, by: User, now: datetime) -> None:
    """Mail a link to the new address; the present one stays until that link is used. Links asked for before stop working.

    An address of somebody else gets a mail that says so, and the caller sees no difference. Raises Invalid for `email` (its form,
    or the present one) and for `password` (not theirs).
    """
    problems: dict[str, str] = {}
    address = ""
    try:
        address = clean_email(email)
    except ValueError as error:
        problems["email"] = str(error)
    if address and address == by.email:
        problems["email"] = "This is your address already."
    if not matches(by.password_hash, password):
        problems["password"] = NOT_YOURS
    if problems:
        raise Invalid(problems)
    with transaction() as session:
        links.void(session, by.id, [Purpose.EMAIL], now)
        owner = session.execute(select(User.name).where(User.email == address)).scalar()
        if owner is not None:
            letters.address_wanted(session, address, owner, now)
            return
        token = links.issue(session, by.id, Purpose.EMAIL, address, now)
        letters.confirm_new_address(session, address, by.name, token, now)


def change_address(token: str, now: datetime) -> None:
    """Make the address the link was sent to the person's own, confirmed; the old one is told, and its links stop working.

    Raises Gone when the link does not work, Conflict when somebody else has the address by now.
    """
    link = links.look(token, Purpose.EMAIL, now)
    before = db.session.execute(select(User.name, User.email).where(User.id == link.user_id)).one()
    try:
        with transaction() as session:
            changed = session.execute(
                update(User)
                .where(User.id == link.user_id, User.email == before.email)
                .values(email=link.email, email_confirmed_at=now)
                .returning(User.id)
                .execution_options(synchronize_session=False)
            )
            if changed.first() is None:
                raise Gone("The account has another mail address by now.")
            links.use(session, link, Purpose.EMAIL, now)
            links.void(session, link.user_id, list(Purpose), now)
            if before.email is not None:
                letters.address_changed(session, before.email, before.name, link.email, now)
    except IntegrityError:
        raise Conflict("Somebody else uses this address by now.") from None
