"""Badges. Not stored: any deed of anybody may change them, and they are made by a few cheap statements."""

from datetime import datetime

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app.accounts.views.login import viewer
from community.badges.queries.pages import badge_page, badges_page, person_badges
from community.queries import pager
from community.queries.pager import Place
from community.views._web import ID, see

blueprint = Blueprint("badges", __name__)


@blueprint.get("/badges")
def index() -> str:
    """All badges, and the ranks."""
    return render_template("badges/index.html", page=badges_page(viewer()))


@blueprint.get("/badges/<name>")
def show(name: str) -> Response | str:
    """One badge, and who has it."""
    page = badge_page(name, _where())
    if page.is_lost:
        return see(f"/badges/{name}")
    return render_template("badges/show.html", page=page)


@blueprint.get(f"/people/<{ID}:user_id>/badges")
def of_person(user_id: int) -> Response | str:
    """Everything that somebody has earned."""
    page = person_badges(user_id, _where(), viewer())
    if page.is_lost:
        return see(page.url)
    return render_template("badges/person.html", page=page)


def _where() -> Place[datetime] | None:
    return pager.place(request.args.get("before", ""), request.args.get("after", ""), pager.read_moment)
