"""The moderators' page of an explained search."""

from flask import Blueprint, render_template, request

from app import clock
from app.accounts.views.login import signed_in
from app.security import limit
from community import policy
from search.explained.queries import ExplainedPage, explained_page, weights
from search.syntax import MAX_CHARACTERS

blueprint = Blueprint("explained_search", __name__)


@blueprint.get("/search/explain")
def show() -> str:
    """Why `?q=` finds what it finds. Moderators only."""
    by, now = signed_in(), clock.utcnow()
    policy.require(by, "explain_search", None, now)
    text = request.args.get("q", "")[:MAX_CHARACTERS]
    page = ExplainedPage(text)
    if text.strip():
        limit("search", f"person:{by.id}")
        page = explained_page(text, now)
    return render_template("search/explain.html", page=page, weights=weights(), search_text=text)
