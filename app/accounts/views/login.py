"""Who is signed in, by Flask-Login; for every page of the product.

Without our cookie the session is not even opened, so that signed-out pages stay the same for everybody and can be cached.
"""

from flask import Flask, Response, g, request, session
from flask_login import LoginManager, current_user
from sqlalchemy.exc import OperationalError

from app import clock
from app.accounts import sessions
from app.accounts.models import User
from app.accounts.sessions import SEEN_EVERY, Visit
from app.errors import SignInNeeded
from app.security import SESSION_COOKIE

_TOKEN = "_user_id"  # noqa: S105 - the name Flask-Login keeps it under, not a secret


class _Doorkeeper(LoginManager):  # type: ignore[misc]  # Flask-Login has no types
    def _load_user(self) -> None:
        if SESSION_COOKIE in request.cookies:
            super()._load_user()
        else:
            self._update_request_context_with_user()

    def _update_remember_cookie(self, response: Response) -> Response:
        """Flask-Login's second cookie is not used; looking for it would open the session of every request."""
        return response


def init_app(app: Flask) -> None:
    """Let `app` know who is signed in."""
    doorkeeper = _Doorkeeper()
    doorkeeper.session_protection = None  # it binds a session to an IP address, which changes on every train ride
    doorkeeper.user_loader(_load)
    doorkeeper.init_app(app, add_context_processor=False)
    app.after_request(_note_seen)


def viewer() -> User | None:
    """The person signed in, or None."""
    person = current_user._get_current_object()
    return person if isinstance(person, User) else None


def signed_in() -> User:
    """The person signed in; raises SignInNeeded when there is none."""
    person = viewer()
    if person is None:
        raise SignInNeeded("Sign in first.")
    return person


def current_session_id() -> int | None:
    """The session of the person signed in, or None."""
    viewer()
    visit: Visit | None = g.get("visit")
    return visit.session_id if visit else None


def open_browser(token: str) -> None:
    """Sign this browser in with a fresh token. Whatever it held before is let go of, so that nobody can have put it there."""
    close_browser()
    session[_TOKEN] = token
    session.permanent = True


def close_browser() -> None:
    """Sign this browser out: its session ends in the database, and its cookie goes."""
    token = session.get(_TOKEN)
    if isinstance(token, str):
        sessions.sign_out(token)
    session.clear()
    g.pop("visit", None)


def _load(token: object) -> User | None:
    visit = sessions.find(token, clock.utcnow()) if isinstance(token, str) else None
    if visit is None:
        session.clear()  # the cookie of a session that has ended goes, and signed-out pages are cacheable again
        return None
    g.visit = visit
    return visit.user


def _note_seen(response: Response) -> Response:
    visit: Visit | None = g.get("visit")
    if visit is None or clock.utcnow() - visit.seen_at < SEEN_EVERY:
        return response
    try:
        written = sessions.note_seen(visit.session_id, visit.user_id, clock.utcnow())
    except OperationalError:
        return response  # another writer was busy for long; a page must not fail for this, and the next one writes it
    if written:
        session.modified = True  # sends the cookie again, with its new end
    return response
