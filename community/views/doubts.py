"""The moderators' page of answers that a crowd of new accounts and visitors reports, and putting such reports aside."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in
from app.errors import Invalid
from community import policy
from community.freshness import crowds
from community.queries.doubts import doubts
from community.views._web import ID, again, done, problems, tell, typed

blueprint = Blueprint("doubts", __name__)

PAGE = "/moderation/doubts"


@blueprint.get(PAGE)
def index() -> str:
    """Who reports what, how many, how fast, and what established readers say."""
    now = clock.utcnow()
    policy.require(signed_in(), "set_aside", None, now)
    return render_template("moderation/doubts.html", doubts=doubts(now), from_reports=crowds.SHOWN_FROM, errors={}, reason="")


@blueprint.post(f"/answers/<{ID}:answer_id>/reports-aside")
def put_aside(answer_id: int) -> Response:
    """Put the crowd's reports on an answer aside."""
    by, now = signed_in(), clock.utcnow()
    try:
        reports = crowds.put_aside(answer_id, reason=typed("reason"), by=by, now=now)
    except Invalid as error:
        shown = {"doubts": doubts(now), "from_reports": crowds.SHOWN_FROM, "reason": typed("reason")}
        return again(error, "moderation/doubts.html", errors=problems(error), **shown)
    tell(f"{reports} {'report is' if reports == 1 else 'reports are'} put aside. They can be counted again.")
    return done(PAGE, aside=reports)


@blueprint.delete(f"/answers/<{ID}:answer_id>/reports-aside")
def count_again(answer_id: int) -> Response:
    """Count the reports again that were put aside."""
    reports = crowds.count_again(answer_id, reason=typed("reason"), by=signed_in(), now=clock.utcnow())
    tell(f"{reports} {'report counts' if reports == 1 else 'reports count'} again.")
    return done(PAGE, counted=reports)
