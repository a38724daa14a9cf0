"""Releases: what changed in a product or tariff, and announcing it."""

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in, viewer
from app.errors import DomainError, Invalid
from community import policy
from community.freshness import releases
from community.freshness.releases import Announced
from community.queries.releases import release_page, releases_page, sizes, tag_names
from community.views._web import ID, again, number, problems, see, shows, tell, typed

blueprint = Blueprint("releases", __name__)


@blueprint.get("/releases")
def index() -> str:
    """What was released lately and what is coming."""
    page = releases_page(viewer(), clock.utcnow())
    shows(*page.depends_on)
    g.page_valid_until = page.valid_until
    return render_template("releases/index.html", page=page)


@blueprint.get(f"/releases/<{ID}:release_id>")
def show(release_id: int) -> str:
    """One release: what it concerns, and what checks have found since."""
    page = release_page(release_id, viewer(), clock.utcnow())
    shows(*page.depends_on)
    g.page_valid_until = page.valid_until
    return render_template("releases/show.html", page=page)


@blueprint.get("/releases/new")
def new() -> str:
    """The form to announce one; `tags` in the address begins it."""
    policy.require(signed_in(), "announce_release", None, clock.utcnow())
    values = {
        "tags": request.args.get("tags", ""),
        "on_day": releases.today(clock.utcnow()).isoformat(),
        "spread_days": str(releases.SPREAD_DAYS),
        "impact": "medium",
    }
    return render_template("releases/new.html", **_form(values))


@blueprint.post("/releases")
def announce() -> Response:
    """Announce a release."""
    try:
        release_id = releases.announce(
            typed("name"),
            _day(typed("on_day")),
            typed("impact"),
            typed("tags").replace(",", " ").split(),
            note=typed("note"),
            spread_days=_spread(typed("spread_days")),
            by=signed_in(),
            now=clock.utcnow(),
        )
    except Announced as error:
        return _refused(error, first=error.release_id)
    except Invalid as error:
        return _refused(error)
    tell("Announced. When its day has come, what was answered before grows doubtful.")
    return see(f"/releases/{release_id}")


@blueprint.post(f"/releases/<{ID}:release_id>/cancellation")
def cancel(release_id: int) -> Response:
    """Take an announcement back, before anything was weighed by it."""
    releases.cancel(release_id, by=signed_in(), now=clock.utcnow())
    tell("The announcement is taken back.")
    return see("/releases")


def _form(values: Mapping[str, str], errors: Mapping[str, str] | None = None, first: int | None = None) -> dict[str, object]:
    choices = [(size.key, size.words, size.hint) for size in sizes()]
    limits = {"longest_spread": releases.LONGEST_SPREAD_DAYS, "most_tags": releases.MOST_TAGS}
    return {"values": values, "errors": errors or {}, "first": first, "choices": choices, "names": tag_names(), **limits}


def _refused(error: DomainError, first: int | None = None) -> Response:
    shown = {"name": error.message} if first else problems(error)
    return again(error, "releases/new.html", **_form(request.form, shown, first))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid({"on_day": "Give its day as 2026-12-31."}) from None


def _spread(text: str) -> int:
    found = number(text)
    if text.strip() and found is None:
        raise Invalid({"spread_days": "Give a whole number of days."})
    return releases.SPREAD_DAYS if found is None else found
