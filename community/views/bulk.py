"""Changing many answers at once: looked at first, then done as it was seen."""

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in
from app.errors import Invalid
from community import policy
from community.freshness import bulk
from community.freshness.bulk import Changed, Preview
from community.queries.bulk import ACTS, STATES, Wish, cost, decided, suggestions, wish
from community.views._web import again, see, tell, typed

blueprint = Blueprint("bulk", __name__)


@blueprint.get("/moderation/bulk")
def form() -> str:
    """The form; with values in the address, what they would do. Nothing is changed."""
    by = _moderator()
    if "act" not in request.args:
        values = {"spread_days": str(bulk.SPREAD_DAYS), "act": "check", **request.args}
        return render_template("moderation/bulk.html", **_page(values))
    try:
        wanted, found = _look(request.args, by)
    except Invalid as error:
        return render_template("moderation/bulk.html", **_page(request.args, error.fields))
    return render_template("moderation/bulk.html", **_page(request.args, {}, wanted, found))


@blueprint.post("/moderation/bulk")
def decide() -> Response:
    """Do what was seen. A first batch at once; the rest by and by."""
    by, now = _moderator(), clock.utcnow()
    try:
        wanted = wish(request.form, now)
        bulk.start(wanted.chosen, wanted.act, wanted.words, typed("seen"), by=by, now=now)
    except Changed as error:
        wanted, found = _look(request.form, by)
        return again(error, "moderation/bulk.html", **_page(request.form, {"": error.message}, wanted, found))
    except Invalid as error:
        return again(error, "moderation/bulk.html", **_page(request.form, error.fields))
    bulk.go_on(now, batches=1)
    tell("It is decided. Many answers take some minutes; this page shows how far it is.")
    return see("/moderation/bulk")


def _moderator() -> User:
    by = signed_in()
    policy.require(by, "bulk_change", None, clock.utcnow())
    return by


def _look(values: Mapping[str, str], by: User) -> tuple[Wish, Preview]:
    wanted = wish(values, clock.utcnow())
    return wanted, bulk.preview(wanted.chosen, wanted.act, by=by, now=clock.utcnow())


def _page(
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    wanted: Wish | None = None,
    found: Preview | None = None,
) -> dict[str, object]:
    tags, releases = suggestions()
    return {
        "values": values,
        "errors": errors or {},
        "wanted": wanted,
        "preview": found,
        "cost": cost(found, wanted.act) if found and wanted else None,
        "decided": decided(),
        "acts": [(key, words, hint) for key, (words, hint) in ACTS.items()],
        "states": list(STATES.items()),
        "tags": tags,
        "releases": releases,
        "longest_spread": bulk.LONGEST_SPREAD_DAYS,
    }
