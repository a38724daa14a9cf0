"""The one place that makes pages of refusals and failures. Nothing leaks: the page has a number, the log the rest."""

import logging
import secrets
from urllib.parse import quote

from flask import Flask, Response, g, jsonify, redirect, render_template, request
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from app.accounts.views.login import viewer
from app.db import db
from app.errors import DomainError, SignInNeeded, TooMany

log = logging.getLogger(__name__)

OURS = 500
"""From here on the failure is ours."""
KNOWN = frozenset({400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503})


def init_app(app: Flask) -> None:
    """Give `app` its error pages."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(IntegrityError, _collided)
    app.register_error_handler(DataError, _unfit)
    app.register_error_handler(OperationalError, _unreachable)
    app.register_error_handler(Exception, _failed)


def wants_json() -> bool:
    """Whether a script asked, rather than a person's browser."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" and request.accept_mimetypes[best] > request.accept_mimetypes["text/html"]


def _refused(error: DomainError) -> AnyResponse:
    if isinstance(error, SignInNeeded) and viewer() is None and request.method == "GET" and not wants_json():
        return redirect(f"/sign-in?next={quote(request.full_path.rstrip('?'), safe='/')}", 303)
    if isinstance(error, TooMany):
        response = _page(error.status, error.message, error.retry_after)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    return _page(error.status, error.message)


def _http(error: HTTPException) -> AnyResponse:
    if error.code is not None and error.code < 400:  # noqa: PLR2004 - a redirect that the router raised
        return error.get_response()
    response = _page(error.code or 500, "")
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _collided(error: IntegrityError) -> AnyResponse:
    """Two people did the same thing at once, and the database let one of them. Verbs foresee this; here is the last net."""
    db.session.rollback()
    log.warning("a constraint refused %s %s: %s", request.method, request.path, error.orig)
    return _page(409, "")


def _unfit(error: DataError) -> AnyResponse:
    """Something was asked for that no row can hold: PostgreSQL refuses a NUL in a text, and numbers beyond its columns."""
    db.session.rollback()
    log.warning("the database cannot hold what %s %s asks for: %s", request.method, request.path, error.orig)
    return _page(400, "")


def _unreachable(error: OperationalError) -> AnyResponse:
    db.session.rollback()
    number = _number()
    log.error("the database could not be used (%s) at %s %s: %s", number, request.method, request.path, error.orig)
    response = _page(503, f"The forum cannot reach its memory just now. Try again in a moment. (Number {number})")
    response.headers["Retry-After"] = "5"
    return response


def _failed(error: Exception) -> AnyResponse:
    db.session.rollback()
    number = _number()
    log.error("failure %s at %s %s", number, request.method, request.path, exc_info=error)
    return _page(500, f"Something went wrong on our side. It is written down under the number {number}.")


def _number() -> str:
    return secrets.token_hex(4)


def _page(status: int, message: str, retry_after: int | None = None) -> Response:
    g.pop("page_depends", None)
    if wants_json():
        response = jsonify(error=message or "That did not work.")
    else:
        name = status if status in KNOWN else (400 if status < OURS else 500)
        # A page that says the database is away must not ask it who is looking.
        g.without_viewer = status >= OURS
        html = render_template(f"errors/{name}.html", message=message, retry_after=retry_after)
        response = Response(html, mimetype="text/html")
    response.status_code = status
    return response
