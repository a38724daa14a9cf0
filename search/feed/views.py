"""The feed of a search. The same bytes for everybody, so it is stored like a signed-out page."""

from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, render_template, request

from app import clock
from app.accounts.views.visitor import network
from app.config import Settings
from app.pages import FRONT, SEARCH, question_key
from app.security import SESSION_COOKIE, limit
from search.feed.queries import Feed, feed
from search.syntax import MAX_CHARACTERS

STORED_FOR = timedelta(minutes=1)
"""How long a stored feed is good at the most: the clock alone may bring something into it ("is:due")."""
RETRY_SECONDS = 120
"""When a reader is to come back while the index is being made anew."""

blueprint = Blueprint("search_feed", __name__)


@blueprint.get("/search.atom")
def show() -> Response:
    """The latest questions for `?q=`, with an ETag; a reader that has it already gets 304.

    503 while there is no index, so that nobody's reader takes it for an empty feed.
    """
    g.without_viewer = True
    limit("search", f"network:{network()}")
    text, now = request.args.get("q", "")[:MAX_CHARACTERS], clock.utcnow()
    made = feed(text, now)
    if not made.available:
        return Response("The search index is being made anew.\n", 503, {"Retry-After": str(RETRY_SECONDS)}, mimetype="text/plain")
    settings: Settings = current_app.config["SETTINGS"]
    query = "?" + urlencode({"q": made.text})
    body = render_template(
        "search/feed.xml", feed=made, own=f"{settings.site_url}/search.atom{query}", page=f"{settings.site_url}/search{query}"
    )
    response = Response(body, content_type="application/atom+xml; charset=utf-8")
    _shows(made)
    if SESSION_COOKIE in request.cookies:  # what is stored gets its ETag there, and nothing is for who has our cookie
        response.add_etag()
        response.make_conditional(request)
    return response


def _shows(made: Feed) -> None:
    g.page_depends = (SEARCH, FRONT, *(question_key(entry.question_id) for entry in made.entries))
    changes = [entry.changes_at for entry in made.entries if entry.changes_at is not None]
    g.page_valid_until = min((*changes, clock.utcnow() + STORED_FOR))
