"""Where an admin names the ranks."""

from datetime import datetime

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in
from app.errors import DomainError
from community import policy
from community.badges import ranks as naming
from community.badges.queries.pages import site_ranks
from community.views._web import again, problems, see, tell, typed
from reputation.badges import ranks

blueprint = Blueprint("ranks", __name__)

PLACE = "/moderation/ranks"
SPARE = 3


def _admin(now: datetime) -> User:
    by = signed_in()
    policy.require(by, "name_ranks", None, now)
    return by


@blueprint.get(PLACE)
def index() -> str:
    """The ranks as they are, to be changed."""
    _admin(clock.utcnow())
    lines = [(rank.name, "" if rank.points == ranks.LOWEST else str(rank.points)) for rank in site_ranks()]
    return render_template("badges/ranks.html", lines=_padded(lines), errors={}, highest=ranks.HIGHEST)


@blueprint.post(PLACE)
def change() -> Response:
    """Name them."""
    now = clock.utcnow()
    by = _admin(now)
    given = [(typed(f"name-{number}"), typed(f"points-{number}")) for number in range(ranks.MOST)]
    try:
        naming.name_ranks(given, by=by, now=now)
    except DomainError as error:
        context = {"lines": _padded(given), "errors": problems(error), "highest": ranks.HIGHEST}
        return again(error, "badges/ranks.html", **context)
    tell("The ranks have their new names.")
    return see(PLACE)


@blueprint.delete(PLACE)
def use_defaults() -> Response:
    """Go back to the product's own."""
    now = clock.utcnow()
    naming.use_defaults(by=_admin(now), now=now)
    tell("The ranks are those the site came with.")
    return see(PLACE)


def _padded(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """With a few empty lines to fill in behind the last that is not."""
    filled = max((number for number, line in enumerate(lines, 1) if any(line)), default=0)
    return [*lines[:filled], *[("", "")] * (min(filled + SPARE, ranks.MOST) - filled)]
