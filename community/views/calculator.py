"""The calculator for moderators: what would so many checks a day buy? Asked here, computed by the worker."""

import math
from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in
from app.errors import DomainError, Invalid
from community import policy
from community.freshness import calculator
from community.freshness.simulation.wish import Wish
from community.queries.calculator import SHARES, result, results, suggestion
from community.views._web import ID, again, problems, see

blueprint = Blueprint("calculator", __name__)

FIELDS = ("answers", "days", "checks", "grace_days", "rubber_stamped")
PER_CENT = "rubber_stamped"
REFRESH_SECONDS = 2
"""How often a page that waits for its result looks again, where there are scripts."""


def _moderator(now: datetime) -> User:
    by = signed_in()
    policy.require(by, "moderate", None, now)
    return by


@blueprint.get("/moderation/calculator")
def index() -> str:
    """The form, filled in for this site, and the last results."""
    now = clock.utcnow()
    _moderator(now)
    values = _shown(suggestion(now))
    return render_template("moderation/calculator.html", values=values, errors={}, results=results(now))


@blueprint.post("/moderation/simulations")
def ask() -> Response:
    """Have it computed."""
    now = clock.utcnow()
    by = _moderator(now)
    try:
        number = calculator.ask(suggestion(now).but(**_typed(request.form)), by=by, now=now)
    except DomainError as error:
        context = {"values": request.form, "errors": problems(error), "results": results(now)}
        return again(error, "moderation/calculator.html", **context)
    return see(f"/moderation/simulations/{number}")


@blueprint.get(f"/moderation/simulations/<{ID}:simulation_id>")
def show(simulation_id: int) -> str:
    """A result, or that it is being computed."""
    now = clock.utcnow()
    _moderator(now)
    found = result(simulation_id, now)
    columns = tuple(SHARES.values())
    return render_template("moderation/calculator_result.html", result=found, columns=columns, refresh=REFRESH_SECONDS)


def _shown(wish: Wish) -> dict[str, str]:
    """As the form's fields have it; a share in per cent."""
    return {name: f"{getattr(wish, name) * (100 if name == PER_CENT else 1):g}" for name in FIELDS}


def _typed(form: Mapping[str, str]) -> dict[str, float]:
    """The form's numbers. Raises Invalid for what is none; an empty field leaves the site's."""
    found: dict[str, float] = {}
    wrong: dict[str, str] = {}
    for name in FIELDS:
        text = form.get(name, "").strip().removesuffix("%").replace(",", "")
        if text:
            try:
                found[name] = float(text) / (100 if name == PER_CENT else 1)
            except ValueError:
                found[name] = math.nan
            if not math.isfinite(found[name]):
                wrong[name] = "Give a number."
    if PER_CENT not in wrong and not 0 <= found.get(PER_CENT, 0) <= 1:
        wrong[PER_CENT] = "Give a number from 0 to 100."
    if wrong:
        raise Invalid(wrong)
    return found
