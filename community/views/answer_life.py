"""“Why this date?”: an answer's life, for anybody who may read the answer."""

from flask import Blueprint, g, render_template

from app import clock
from app.accounts.views.login import viewer
from community.queries.answer_life import answer_life
from community.views._web import ID, shows

blueprint = Blueprint("answer_life", __name__)


@blueprint.get(f"/answers/<{ID}:answer_id>/life")
def show(answer_id: int) -> str:
    """Why it has the date it has, and all that happened to it."""
    page = answer_life(answer_id, viewer(), clock.utcnow())
    shows(*page.depends_on)
    g.page_valid_until = page.valid_until
    return render_template("answers/life.html", page=page)
