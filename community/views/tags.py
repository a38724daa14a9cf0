"""Tags."""

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import viewer
from app.pages import FRONT, TAGS
from community.queries import pager
from community.queries.addresses import tag_url
from community.queries.tags import FIRST, Merged, tag_page, tags_page
from community.views._web import see, shows

blueprint = Blueprint("tags", __name__)


@blueprint.get("/tags")
def index() -> Response | str:
    """All tags; `q` filters by a part of the name."""
    given = request.args.get
    page = tags_page(given("q", ""), pager.place(given("after", ""), given("before", ""), pager.read_number))
    if page.is_lost:
        return see(pager.address("/tags", q=page.wanted))
    shows(FRONT, TAGS)
    return render_template("tags/index.html", page=page)


@blueprint.get("/tags/<name>")
def show(name: str) -> Response | str:
    """One tag with its questions. Names are small letters; another spelling leads there."""
    if name != name.lower():
        return redirect(tag_url(name.lower()), 301)
    given = request.args.get
    where = pager.place(given("before", ""), given("after", ""), pager.read_moment)
    try:
        page = tag_page(name, given("tab", FIRST), where, viewer(), clock.utcnow())
    except Merged as merged:
        return redirect(tag_url(merged.into), 301)
    if page.listed.is_lost:
        return see(pager.address(page.url, tab="" if page.tab == FIRST else page.tab))
    shows(*page.depends_on)
    g.page_valid_until = page.valid_until
    return render_template("tags/show.html", page=page)
