"""The page of a search, and what is like a title that is being typed."""

import re
from math import isfinite

from flask import Blueprint, jsonify, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import viewer
from app.accounts.views.visitor import network
from app.error_pages import wants_json
from app.security import limit
from community.views._web import LARGEST_ID
from search.engine import Cursor
from search.queries import SearchPage, search_page, similar_links
from search.syntax import MAX_CHARACTERS

blueprint = Blueprint("search", __name__)

_CURSOR = re.compile(r"([0-9]{1,16}(?:\.[0-9]{1,20})?(?:e[-+][0-9]{1,3})?)_([0-9]{1,10})", re.ASCII)


@blueprint.get("/search")
def index() -> str:
    """What is found for `?q=`; `?after=` comes from the page before. Without words, how to search."""
    text = request.args.get("q", "")[: MAX_CHARACTERS + 1]
    page = SearchPage(text="")
    if text.strip():
        _count()
        page = search_page(text, _cursor(request.args.get("after", "")), clock.utcnow())
    return render_template("search/index.html", page=page, search_text=page.text[:MAX_CHARACTERS])


@blueprint.get("/search/similar")
def similar() -> str | Response:
    """Questions like `?title=`: a piece of HTML for the form one asks with, or JSON for who asks for that."""
    _count()
    links = similar_links(request.args.get("title", ""), clock.utcnow())
    if wants_json():
        return jsonify([{"title": link.title, "url": link.url, "state": link.freshness.state} for link in links])
    return render_template("search/_similar.html", links=links)


def _count() -> None:
    person = viewer()
    limit("search", f"person:{person.id}" if person else f"network:{network()}")


def _cursor(text: str) -> Cursor | None:
    """What the page before wrote into its address; None for anything else."""
    found = _CURSOR.fullmatch(text)
    cursor = Cursor(float(found[1]), int(found[2])) if found else None
    return cursor if cursor and isfinite(cursor.score) and cursor.question_id <= LARGEST_ID else None
