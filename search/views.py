"""The page of a search."""

import re
from datetime import datetime, timedelta
from math import isfinite

from flask import Blueprint, g, render_template, request

from app import clock
from app.accounts.views.login import viewer
from app.accounts.views.visitor import network
from app.pages import FRONT, SEARCH, person_key, question_key
from app.security import limit
from community.views._web import LARGEST_ID
from search.engine import Cursor
from search.queries import SearchPage, search_page
from search.spelling.keeper import WORDS
from search.syntax import MAX_CHARACTERS

STORED_FOR = timedelta(minutes=1)
"""How long a stored page of a search is good at the most."""

blueprint = Blueprint("search", __name__)

_CURSOR = re.compile(r"(-?[0-9]{1,16}(?:\.[0-9]{1,20})?(?:e[-+][0-9]{1,3})?)_([0-9]{1,10})(?:_([0-9]))?", re.ASCII)


@blueprint.get("/search")
def index() -> str:
    """What is found for `?q=`; `?after=` comes from the page before. Without words, how to search."""
    text = request.args.get("q", "")[: MAX_CHARACTERS + 1]
    page, now = SearchPage(text=""), clock.utcnow()
    if text.strip():
        _count()
        page = search_page(text, _cursor(request.args.get("after", "")), now)
        if page.available:
            _shows(page, now)
    return render_template("search/index.html", page=page, search_text=page.text[:MAX_CHARACTERS])


def _shows(page: SearchPage, now: datetime) -> None:
    """The page may be stored: until the index or a list changes, something it shows does, or the clock moves an answer. What it
    does not show may come to be found by the clock alone ("is:due"), so a minute is the most."""
    people = {result.freshness.checked_by.id for result in page.results if result.freshness.checked_by}
    g.page_depends = (
        SEARCH,
        WORDS,
        FRONT,
        *(question_key(result.id) for result in page.results),
        *map(person_key, people),
    )
    changes = [result.changes_at for result in page.results if result.changes_at is not None]
    g.page_valid_until = min((*changes, now + STORED_FOR))


def _count() -> None:
    person = viewer()
    limit("search", f"person:{person.id}" if person else f"network:{network()}")


def _cursor(text: str) -> Cursor | None:
    """What the page before wrote into its address; None for anything else."""
    found = _CURSOR.fullmatch(text)
    cursor = Cursor(float(found[1]), int(found[2]), int(found[3] or 0)) if found else None
    return cursor if cursor and isfinite(cursor.score) and cursor.question_id <= LARGEST_ID else None
