"""The review queue, one answer at a time. The verdict itself is POST /answers/<id>/verifications."""

import re

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in
from app.errors import Forbidden
from community.freshness import queue
from community.queries.review import review_page
from community.views._web import LARGEST_ID

MOST_SKIPPED = 50
"""How many answers one can put aside before the first comes round again."""

blueprint = Blueprint("review", __name__)


@blueprint.get("/review")
def index() -> str | Response:
    """The next answer to check; `?answer=` asks for a certain one, `?skip=` carries what was put aside."""
    by, now = signed_in(), clock.utcnow()
    if not queue.is_reviewer(by, now):
        raise Forbidden("Only staff and people with expertise in a tag check answers.")
    skip = [number for number in map(int, re.findall(r"\d{1,10}", request.args.get("skip", ""))) if number <= LARGEST_ID]
    wanted = request.args.get("answer", type=int)
    page = review_page(by, now, wanted if wanted is not None and 0 < wanted <= LARGEST_ID else None, skip[-MOST_SKIPPED:])
    return render_template("review/index.html", page=page)
