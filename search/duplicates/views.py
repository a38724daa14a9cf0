"""Possible duplicates: the page, and what is said of each pair."""

from collections.abc import Callable

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in
from app.error_pages import wants_json
from app.errors import Conflict, NotFound
from community import policy
from community.views._web import ID, done, tell, typed
from search.duplicates import deciding
from search.duplicates.queries import COUNTED, SKIPPED_FOR, duplicates_page

blueprint = Blueprint("duplicates", __name__)

PAGE = "/moderation/duplicates"


@blueprint.get(PAGE)
def index() -> str:
    """The pairs side by side, the most alike first."""
    by, now = signed_in(), clock.utcnow()
    policy.require(by, "see_duplicates", None, now)
    page = duplicates_page(by, now)
    return render_template("moderation/duplicates.html", page=page, counted=COUNTED, skipped_days=SKIPPED_FOR.days)


@blueprint.post(f"{PAGE}/<{ID}:pair_id>/closure")
def close(pair_id: int) -> Response:
    """Close the "newer" or the "older" of the two as a duplicate of the other."""
    by, now = signed_in(), clock.utcnow()
    words = "It is closed as a duplicate, and its page leads readers to the other one."
    return _said(lambda: deciding.close(pair_id, typed("which"), by=by, now=now), words)


@blueprint.post(f"{PAGE}/<{ID}:pair_id>/difference")
def set_apart(pair_id: int) -> Response:
    """They are not the same."""
    by, now = signed_in(), clock.utcnow()
    return _said(lambda: deciding.set_apart(pair_id, by=by, now=now), "These two are not proposed again.")


@blueprint.post(f"{PAGE}/<{ID}:pair_id>/skip")
def skip(pair_id: int) -> Response:
    """Leave it to others."""
    by, now = signed_in(), clock.utcnow()
    return _said(lambda: deciding.leave(pair_id, by=by, now=now), "")


def _said(decide: Callable[[], object], words: str) -> Response:
    """Back to the other pairs; who clicks a second after somebody else has done nothing wrong and is told there."""
    try:
        decide()
    except (Conflict, NotFound) as error:
        if wants_json():
            raise
        tell(error.message, "error")
    else:
        if words:
            tell(words)
    return done(PAGE)
