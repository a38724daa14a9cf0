"""Suggested experts: moderators confirm or refuse them."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in
from app.errors import Invalid
from community import policy
from community.expertise import decisions, standing, suggesting
from community.queries.experts import experts_page
from community.views._web import ID, again, see, tell, typed
from reputation.privileges import current

blueprint = Blueprint("experts", __name__)

HOME = "/moderation/experts"


@blueprint.get(HOME)
def index() -> str:
    """Who qualifies, and what was decided lately."""
    policy.require(signed_in(), "grant_expertise", None, clock.utcnow())
    return render_template("moderation/experts.html", **_page(), errors={})


@blueprint.post(f"{HOME}/<{ID}:suggestion_id>")
def confirm(suggestion_id: int) -> Response:
    """Make the person an expert."""
    decisions.confirm(suggestion_id, by=signed_in(), now=clock.utcnow())
    tell(f"An expert for {standing.LASTS.days} days, and longer with activity in the tag.")
    return see(HOME)


@blueprint.delete(f"{HOME}/<{ID}:suggestion_id>")
def reject(suggestion_id: int) -> Response:
    """Refuse it, with a reason."""
    try:
        decisions.reject(suggestion_id, reason=typed("reason"), by=signed_in(), now=clock.utcnow())
    except Invalid as error:
        return again(error, "moderation/experts.html", **_page(), errors=error.fields)
    tell("It is refused.")
    return see(HOME)


def _page() -> dict[str, object]:
    return {
        "page": experts_page(),
        "needed": current.needed("verify"),
        "accuracy": round(suggesting.ACCURACY * 100),
        "judged_at_least": suggesting.JUDGED_AT_LEAST,
        "lasts": standing.LASTS.days,
        "refused_for": suggesting.REJECTED_FOR.days,
        "automatic": current.thresholds().automatic,
    }
