"""What `make run` does before it serves: the newest migrations, and on an empty database the demo community."""

import sys

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import clock, schema
from app.accounts.hashing import matches
from app.accounts.models import User
from app.db import db
from app.demo import load

GUIDES = (("a customer", "marta"), ("a staff expert", "ana"), ("a moderator", "mo"), ("an admin", "ada"))
"""Who of the demo community is shown to a newcomer: what they are, and their mail address's first part."""


def _say_how_to_sign_in(session: Session) -> None:
    """Print who of the demo community is there to sign in as, while they still have the demo's password."""
    emails = {f"{key}@example.com": what for what, key in GUIDES}
    rows = session.execute(select(User.email, User.password_hash).where(User.email.in_(emails))).all()
    there = {email for email, kept in rows if email and matches(kept, load.PASSWORD)}
    if there:
        print(f"Sign in with the password {load.PASSWORD} as")  # noqa: T201 - a command's own words
        for email, what in emails.items():
            if email in there:
                print(f"  {email:<20} {what}")  # noqa: T201 - as above


def prepare(app: Flask) -> int:
    """Prepare, and say how to sign in where the demo community lives. Returns 0, or 1 when the database refused."""
    try:
        schema.upgrade(app)
        with app.app_context():
            if load.load_demo(clock.utcnow()):
                print("An empty database: the demo community was written into it.")  # noqa: T201 - a command's own words
            _say_how_to_sign_in(db.session())
            db.session.remove()
    except DBAPIError as error:
        print(f"The database could not be prepared: {error.orig}", file=sys.stderr)  # noqa: T201 - as above
        return 1
    return 0
