"""What people may do by their reputation, and the admins' page that sets it."""

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in, viewer
from app.db import db
from app.errors import Conflict, Invalid
from app.pages import PRIVILEGES as PAGES
from community import policy
from community.expertise import activity, counting, lapsing, standing
from community.moderation import privileges
from community.moderation.privileges import Wanted
from community.queries.privileges import effects, privileges_page, versions
from community.views._web import again, number, see, shows, tell, typed
from reputation.privileges import current
from reputation.privileges.table import LARGEST, NEW, PRESETS, PRIVILEGES, Thresholds

blueprint = Blueprint("privileges", __name__)

HOME = "/admin/privileges"
OWN = "own"
"""What the form calls values of one's own."""


@blueprint.get("/privileges")
def show() -> str:
    """What one may do, and how far the next privilege is; signed out, the table."""
    shows(PAGES)
    return render_template(
        "privileges/show.html",
        page=privileges_page(viewer(), clock.utcnow()),
        lasts=standing.LASTS.days,
        notice=lapsing.NOTICE.days,
        returns=activity.RETURNS_WITHIN.days,
        waits=counting.SELF_ADDED_WAITS.days,
    )


@blueprint.get(HOME)
def form() -> str:
    """The table; with values in the address, who would gain or lose what. Nothing is changed."""
    _admin()
    in_force = current.read(db.session())
    if "preset" not in request.args:
        return render_template("privileges/admin.html", **_page(in_force, _stored(in_force)))
    try:
        wanted = _wanted(request.args)
        found = privileges.checked(wanted)
    except Invalid as error:
        return render_template("privileges/admin.html", **_page(in_force, request.args, error.fields))
    return render_template("privileges/admin.html", **_page(in_force, request.args, {}, found))


@blueprint.post(HOME)
def change() -> Response:
    """Save what was looked at."""
    by = _admin()
    try:
        wanted = _wanted(request.form)
        privileges.change(wanted, seen=typed("seen"), note=typed("note"), by=by, now=clock.utcnow())
    except Conflict as error:
        in_force, found = current.read(db.session()), privileges.checked(_wanted(request.form))
        return again(error, "privileges/admin.html", **_page(in_force, request.form, {"": error.message}, found))
    except Invalid as error:
        return again(error, "privileges/admin.html", **_page(current.read(db.session()), request.form, error.fields))
    tell("The table is saved, and in force.")
    return see(HOME)


def _admin() -> User:
    by = signed_in()
    policy.require(by, "set_privileges", None, clock.utcnow())
    return by


def _wanted(values: Mapping[str, str]) -> Wanted:
    """What the form asks for. Raises Invalid for what is no number; an empty field means the preset's."""
    chosen = values.get("preset", "")
    automatic = bool(values.get("automatic"))
    if chosen != OWN:
        return Wanted(chosen, {}, automatic)
    found, wrong = {}, {}
    for name in PRIVILEGES:
        text = values.get(f"at_{name}", "").strip()
        value = number(text)
        if text and value is None:
            wrong[f"at_{name}"] = f"Give a whole number from 0 to {LARGEST:,}, or leave it empty."
        elif value is not None:
            found[name] = value
    if wrong:
        raise Invalid(wrong)
    return Wanted(values.get("base", NEW), found, automatic)


def _stored(in_force: Thresholds) -> dict[str, str]:
    return {
        "preset": OWN if in_force.own else in_force.preset,
        "base": in_force.preset,
        "automatic": "1" if in_force.automatic else "",
        **{f"at_{name}": str(value) for name, value in in_force.own.items()},
    }


def _page(
    in_force: Thresholds,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    found: Thresholds | None = None,
) -> dict[str, object]:
    session = db.session()
    return {
        "values": values,
        "errors": errors or {},
        "in_force": in_force,
        "privileges": PRIVILEGES,
        "presets": PRESETS,
        "found": found,
        "token": privileges.token(in_force, found) if found else "",
        "is_other": found is not None and not privileges.same(in_force, found),
        "effects": effects(session, in_force, found) if found else (),
        "versions": versions(session),
    }
