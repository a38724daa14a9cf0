"""The front page."""

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in, viewer
from community.queries import pager
from community.queries.front import FIRST, MINE, front_page
from community.views._web import see, shows

blueprint = Blueprint("front", __name__)


@blueprint.get("/")
def index() -> Response | str:
    """Questions by tab. A cursor that leads nowhere, and a tab that is none, show the first page."""
    tab = request.args.get("tab", FIRST)
    person = signed_in() if tab == MINE else viewer()
    where = pager.place(request.args.get("before", ""), request.args.get("after", ""), pager.read_moment)
    page = front_page(tab, where, person, clock.utcnow())
    if page.listed.is_lost:
        return see(pager.address("/", tab="" if page.tab == FIRST else page.tab))
    shows(*page.depends_on)
    g.page_valid_until = page.valid_until
    return render_template("front/index.html", page=page)
