"""The admin's pages of rewards."""

import hashlib
from collections.abc import Mapping

from flask import Blueprint, current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in
from app.db import db
from app.errors import DomainError, Invalid
from app.frame import REWARDS_SHOWN
from community import policy
from community.queries import rewards_admin as queries
from community.rewards import running
from community.views._web import ID, again, number, problems, see, tell, typed
from reputation import points
from reputation.rewards import closing, exporting, money, plans
from reputation.rewards.plans import Draft

blueprint = Blueprint("rewards_admin", __name__)

AT_ONCE = 4
"""Batches that are worked off before the answer: a small site's period is closed when the page comes back."""


def _admin() -> User:
    by = signed_in()
    policy.require(by, "run_rewards", None, clock.utcnow())
    return by


@blueprint.get("/admin/rewards")
def index() -> str:
    """The switch, the price lists, the periods, and taking in what was paid."""
    _admin()
    return render_template("rewards/admin.html", page=queries.admin_page(), errors={})


@blueprint.post("/admin/rewards/switch")
def switch() -> Response:
    """Switch rewards on or off."""
    on = typed("on") == "1"
    running.switch(on, by=signed_in(), now=clock.utcnow())
    current_app.extensions[REWARDS_SHOWN].forget()
    tell("Rewards are switched on." if on else "Rewards are switched off, and nothing of them is shown.")
    return see("/admin/rewards")


@blueprint.get("/admin/rewards/plans/new")
def new_plan() -> str:
    """The form for a new version of the price list; it begins with the newest one."""
    _admin()
    return render_template("rewards/plan.html", **_form(queries.newest_values(), {}))


@blueprint.post("/admin/rewards/plans")
def declare() -> Response:
    """Declare a version of the price list."""
    by = _admin()
    try:
        version = running.declare(_draft(), by=by, now=clock.utcnow())
    except Invalid as error:
        return again(error, "rewards/plan.html", **_form(request.form, problems(error)))
    tell(f"Version {version} is declared. Periods that begin from now on go by it.")
    return see("/admin/rewards")


@blueprint.get(f"/admin/rewards/periods/<{ID}:period_id>")
def period(period_id: int) -> str:
    """One period: what closing would give, or what it gave, and its files."""
    _admin()
    return render_template("rewards/period.html", page=queries.period_page(period_id, clock.utcnow()), errors={})


@blueprint.post(f"/admin/rewards/periods/<{ID}:period_id>/preview")
def preview(period_id: int) -> Response:
    """Add up what closing would give."""
    running.preview(period_id, by=signed_in(), now=clock.utcnow())
    closing.go_on(clock.utcnow(), AT_ONCE)
    return see(f"/admin/rewards/periods/{period_id}")


@blueprint.post(f"/admin/rewards/periods/<{ID}:period_id>/closing")
def close(period_id: int) -> Response:
    """Close the period."""
    try:
        running.close(period_id, by=signed_in(), now=clock.utcnow())
    except DomainError as error:
        return _refused(period_id, error)
    closing.go_on(clock.utcnow(), AT_ONCE)
    tell("The ledger is cut off, and the statements are written.")
    return see(f"/admin/rewards/periods/{period_id}")


@blueprint.post(f"/admin/rewards/periods/<{ID}:period_id>/exports")
def export(period_id: int) -> Response:
    """Make a file for finance of what was chosen since the last one."""
    try:
        running.export(period_id, by=signed_in(), now=clock.utcnow())
    except DomainError as error:
        return _refused(period_id, error)
    tell("The file is made. What is in it cannot be chosen otherwise any more.")
    return see(f"/admin/rewards/periods/{period_id}")


@blueprint.get(f"/admin/rewards/exports/<{ID}:export_id>.csv")
def download(export_id: int) -> Response:
    """A file for finance, as it was made."""
    _admin()
    found = exporting.find(db.session(), export_id)
    response = make_response(found.body)
    response.content_type = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="rewards-{export_id}.csv"'
    response.headers["Digest"] = f"sha-256={hashlib.sha256(found.body.encode()).hexdigest()}"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/admin/rewards/payments")
def import_paid() -> Response:
    """Take in a file of what finance paid."""
    by = _admin()
    sent = request.files.get("file")
    try:
        text = _text(sent.read() if sent is not None else b"")
        imported = running.import_paid(text, by=by, now=clock.utcnow())
    except Invalid as error:
        return again(error, "rewards/admin.html", page=queries.admin_page(), errors=problems(error))
    known = f"; {imported.known:,} were known already" if imported.known else ""
    tell(f"{imported.paid:,} {'payment is' if imported.paid == 1 else 'payments are'} written down{known}.")
    return see("/admin/rewards")


def _refused(period_id: int, error: DomainError) -> Response:
    _admin()
    page = queries.period_page(period_id, clock.utcnow())
    return again(error, "rewards/period.html", page=page, errors=problems(error))


def _text(data: bytes) -> str:
    if not data:
        raise Invalid({"file": "Choose the file first."})
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid({"file": "The file is not in UTF-8; save it as “CSV UTF-8”."}) from None


def _form(values: Mapping[str, str], errors: Mapping[str, str]) -> dict[str, object]:
    return {"values": values, "errors": errors, "prices": points.PRICES, "ways": plans.WAYS}


def _draft() -> Draft:
    """The price list as it was typed. Raises Invalid with everything that cannot be read."""
    currency = typed("currency").strip().upper()
    wrong: dict[str, str] = {}

    def amount(name: str) -> int:
        try:
            return money.read(typed(name) or "0", currency)
        except ValueError as error:
            wrong[name] = str(error)
            return 0

    def whole(name: str) -> int:
        found = number(typed(name))
        if found is None:
            wrong[name] = "Give a whole number."
        return found or 0

    if currency not in money.CURRENCIES:
        raise Invalid({"currency": "Give the three letters of a currency, as GBP or EUR."})
    draft = Draft(
        currency=currency,
        per_hundred=amount("per_hundred"),
        full=amount("full"),
        stretch=amount("stretch"),
        minimum=amount("minimum"),
        below=typed("below"),
        each={reason: amount(f"each_{reason}") for reason in points.PRICES},
        unpaid=[reason for reason in points.PRICES if not typed(f"paid_{reason}")],
        ways=[way for way in plans.WAYS if typed(f"way_{way}")],
        charities=typed("charities").splitlines(),
        match_percent=whole("match_percent"),
        match_limit=amount("match_limit"),
        choose_days=whole("choose_days"),
        halves=typed("halves").replace(",", " ").split(),
    )
    if wrong:
        raise Invalid(wrong)
    return draft
