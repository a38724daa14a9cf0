"""What is suggested in the search field while one types: a piece of HTML."""

from datetime import timedelta

from flask import Blueprint, g, make_response, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import viewer
from app.accounts.views.visitor import network
from app.pages import FRONT, SEARCH, question_key
from app.security import SESSION_COOKIE, limit
from search.site import current_language
from search.suggest.queries import suggestions
from search.suggest.words import LONGEST_TYPED

STORED_FOR = timedelta(minutes=10)
"""How long what is suggested to anybody is stored at the most, where nothing it shows changes meanwhile."""

blueprint = Blueprint("suggest", __name__)


@blueprint.get("/search/suggest")
def index() -> Response:
    """Titles and tags that begin like `?q=`. Whoever has it already hears only that nothing has changed."""
    person, now = viewer(), clock.utcnow()
    limit("suggest", f"person:{person.id}" if person else f"network:{network()}")
    found = suggestions(request.args.get("q", "")[:LONGEST_TYPED], current_language(), now)
    g.page_depends = (SEARCH, FRONT, *(question_key(title.id) for title in found.titles))
    g.page_valid_until = min((now + STORED_FOR, *(title.changes_at for title in found.titles if title.changes_at is not None)))
    response = make_response(render_template("search/_suggest.html", found=found))
    if SESSION_COOKIE in request.cookies:
        response.add_etag(weak=True)
        response.make_conditional(request)
    return response
