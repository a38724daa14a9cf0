"""The help page."""

from flask import Blueprint, render_template

from app.pages import PRIVILEGES, TAGS
from community.queries.help import help_page
from community.views._web import shows

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
def show() -> str:
    """How the forum works, with the numbers it goes by."""
    shows(TAGS, PRIVILEGES)
    return render_template("help/show.html", page=help_page())
