"""People."""

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import viewer
from community.queries import pager
from community.queries.people import people_page
from community.queries.person import person_page
from community.views._web import ID, see, shows

blueprint = Blueprint("people", __name__)


@blueprint.get("/people")
def index() -> Response | str:
    """Everybody; `q` filters by the beginning of the name. Not stored: every point that anybody earns may change it, and it is
    made by one cheap statement."""
    given = request.args.get
    page = people_page(given("q", ""), given("after", ""), given("before", ""), clock.utcnow())
    if page.is_lost:
        return see(pager.address("/people", q=page.wanted))
    return render_template("people/index.html", page=page)


@blueprint.get(f"/people/<{ID}:user_id>")
@blueprint.get(f"/people/<{ID}:user_id>/<slug>")
def show(user_id: int, slug: str = "") -> Response | str:
    """A person. Other words than the name's lead to the right address."""
    given = request.args.get
    where = pager.place(given("before", ""), given("after", ""), pager.read_moment)
    page = person_page(user_id, given("tab", ""), where, viewer(), clock.utcnow())
    url = page.person.url
    if request.path != url:
        return redirect(f"{url}?{request.query_string.decode()}" if request.query_string else url, 301)
    if page.is_lost:
        return see(pager.address(url, tab=page.tab))
    shows(*page.depends_on)
    g.page_valid_until = page.valid_until
    return render_template("people/show.html", page=page)
