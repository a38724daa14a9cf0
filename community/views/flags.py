"""Flagging a post, and the moderators' queue of flags."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in
from app.errors import Conflict, Invalid
from community import policy
from community.moderation import flags
from community.queries.flags import flag_form, flags_page
from community.views._web import ID, again, problems, see, tell, typed
from reputation import points

blueprint = Blueprint("flags", __name__)

HOME = "/moderation/flags"
POSTS = "any(question,answer,comment)"
"""The converter of kinds of posts in addresses."""


@blueprint.get(f"/questions/<{ID}:post_id>/flags", defaults={"kind": "question"})
@blueprint.get(f"/answers/<{ID}:post_id>/flags", defaults={"kind": "answer"})
@blueprint.get(f"/comments/<{ID}:post_id>/flags", defaults={"kind": "comment"})
def form(kind: str, post_id: int) -> str:
    """The form: what is wrong with the post."""
    return render_template("flags/new.html", **_form(kind, post_id), values={}, errors={})


@blueprint.post(f"/questions/<{ID}:post_id>/flags", defaults={"kind": "question"})
@blueprint.post(f"/answers/<{ID}:post_id>/flags", defaults={"kind": "answer"})
@blueprint.post(f"/comments/<{ID}:post_id>/flags", defaults={"kind": "comment"})
def flag(kind: str, post_id: int) -> Response:
    """Flag it."""
    by, shown = signed_in(), _form(kind, post_id)
    values = {"kind": typed("kind"), "note": typed("note")}
    try:
        gone = flags.flag(values["kind"], note=values["note"], **_id(kind, post_id), by=by, now=clock.utcnow())
    except (Invalid, Conflict) as error:
        return again(error, "flags/new.html", **shown, values=values, errors=problems(error))
    if gone:
        tell("Thank you. Enough readers agree that it is spam, so it is removed.")
        return see("/")
    tell("Thank you. A moderator will look at it.")
    return see(shown["page"].url)  # type: ignore[attr-defined]  # a FlagForm, as `_form` says


@blueprint.get(HOME)
def index() -> str:
    """What was flagged; only moderators decide."""
    return render_template("flags/index.html", **_queue(signed_in()), errors={})


@blueprint.post(f"{HOME}/<{POSTS}:kind>/<{ID}:post_id>")
def decide(kind: str, post_id: int) -> Response:
    """Decide about the flags on a post: spam, remove, confirmed or declined."""
    by, now, choice = signed_in(), clock.utcnow(), typed("decision")
    try:
        if choice == "spam":
            flags.confirm_spam(**_id(kind, post_id), by=by, now=now)
        else:
            outcome = "confirmed" if choice == "remove" else choice
            flags.settle(outcome, remove=choice == "remove", reason=typed("reason"), **_id(kind, post_id), by=by, now=now)
    except Invalid as error:
        return again(error, "flags/index.html", **_queue(by), errors=error.fields)
    tell("It is decided.")
    return see(HOME)


def _form(kind: str, post_id: int) -> dict[str, object]:
    return {"page": flag_form(kind, post_id, signed_in(), clock.utcnow()), "kinds": flags.KINDS}


def _queue(by: User) -> dict[str, object]:
    now = clock.utcnow()
    policy.require(by, "see_queue", None, now)
    return {"page": flags_page(by, now), "spam_flags": flags.SPAM_FLAGS, "costs": -points.of("spam_confirmed")}


def _id(kind: str, post_id: int) -> dict[str, int]:
    return {f"{kind}_id": post_id}
