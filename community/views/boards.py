"""The boards."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import viewer
from community.queries import pager
from community.queries.boards import boards_page
from community.views._web import see

blueprint = Blueprint("boards", __name__)


@blueprint.get("/boards")
def index() -> Response | str:
    """A board: `by` week, month, all or current; `tag`; `of` an earlier week or month. Not stored: every point that anybody earns
    may change it, and it is made by a few cheap statements."""
    given = request.args.get
    where = pager.place(given("after", ""), given("before", ""), pager.read_number)
    page = boards_page(given("by", ""), given("tag", ""), given("of", ""), where, viewer(), clock.utcnow())
    if page.is_lost:
        return see(pager.address("/boards", by=page.tab, tag=page.tag, of=page.of))
    return render_template("boards/index.html", page=page)
