"""A member's rewards: the statement, and choosing how to take one."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in
from app.errors import DomainError
from community.queries.rewards import rewards_page
from community.rewards import taking
from community.views._web import ID, again, problems, see, tell, typed

blueprint = Blueprint("rewards", __name__)


@blueprint.get("/rewards")
def index() -> str:
    """One's own rewards; there is no such page while they are switched off."""
    return render_template("rewards/index.html", **_context(signed_in()))


@blueprint.post(f"/rewards/<{ID}:statement_id>/choice")
def choose(statement_id: int) -> Response:
    """Take a reward as credit, cash or a donation."""
    by = signed_in()
    try:
        taking.choose(statement_id, typed(f"way_{statement_id}"), typed(f"charity_{statement_id}"), by=by, now=clock.utcnow())
    except DomainError as error:
        if error.status not in (409, 422):
            raise
        wrong = {f"{field}_{statement_id}" if field else "": words for field, words in problems(error).items()}
        return again(error, "rewards/index.html", **_context(by) | {"errors": wrong})
    tell("Noted. You can change it until it goes to finance.")
    return see("/rewards")


def _context(by: User) -> dict[str, object]:
    return {"page": rewards_page(by, clock.utcnow()), "errors": {}}
