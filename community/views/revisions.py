"""The history of questions and answers."""

from flask import Blueprint, render_template, request

from app import clock
from app.accounts.views.login import viewer
from app.errors import NotFound
from community.queries import revisions
from community.queries.revisions import History
from community.views._web import ID, number, shows

blueprint = Blueprint("revisions", __name__)


@blueprint.get(f"/questions/<{ID}:question_id>/revisions")
def of_question(question_id: int) -> str:
    """A question's versions, and what the one asked for changed."""
    return _shown(revisions.of_question(question_id, _wanted(), viewer(), clock.utcnow()))


@blueprint.get(f"/answers/<{ID}:answer_id>/revisions")
def of_answer(answer_id: int) -> str:
    """An answer's versions, and what the one asked for changed."""
    return _shown(revisions.of_answer(answer_id, _wanted(), viewer(), clock.utcnow()))


def _wanted() -> int | None:
    text = request.args.get("revision")
    if text is None:
        return None
    found = number(text)
    if found is None:
        raise NotFound("There is no such version.")
    return found


def _shown(history: History) -> str:
    shows(*history.depends_on)
    return render_template("questions/revisions.html", history=history)
