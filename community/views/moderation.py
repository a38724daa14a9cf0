"""The moderators' pages: the overview, a person's standing, and a tag's policy."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import Role, User
from app.accounts.views.login import signed_in
from app.db import db
from app.errors import Conflict, DomainError, Invalid, NotFound
from community import policy
from community.freshness import arms
from community.lifecycle import DEFAULT_GRACE_DAYS, DEFAULT_INTERVAL_DAYS, DEFAULT_LONGEST_DAYS, LONGEST_INTERVAL_DAYS
from community.models import Tag
from community.moderation import accounts, expertise, roles, suspension, tag_merge, tag_policy
from community.moderation.tag_policy import Change
from community.queries.addresses import tag_url
from community.queries.moderation import moderation_page, standing_page
from community.views._web import ID, LARGEST_ID, again, number, problems, see, tell, typed

blueprint = Blueprint("moderation", __name__)


def _moderator(action: str = "moderate") -> User:
    by = signed_in()
    policy.require(by, action, None, clock.utcnow())
    return by


@blueprint.get("/moderation")
def index() -> str:
    """What was removed, who is suspended, and every act, latest first."""
    _moderator()
    before = request.args.get("before", type=int)
    page = moderation_page(clock.utcnow(), before if before is not None and 0 < before <= LARGEST_ID else None)
    return render_template("moderation/index.html", page=page, further=before is not None)


@blueprint.get(f"/people/<{ID}:user_id>/standing")
def standing(user_id: int) -> str:
    """A person's role, expertise and suspensions, with the forms to change them."""
    _moderator()
    return render_template("moderation/standing.html", **_standing(user_id), values={}, errors={})


def _standing(user_id: int) -> dict[str, object]:
    return {
        "page": standing_page(user_id, clock.utcnow()),
        "lengths": suspension.LENGTHS_DAYS,
        "roles": [role.value for role in Role],
        "lasts_days": expertise.LASTS.days,
    }


def _refused(user_id: int, error: DomainError) -> Response:
    _moderator()
    return again(error, "moderation/standing.html", **_standing(user_id), values=request.form, errors=problems(error))


@blueprint.post(f"/people/<{ID}:user_id>/suspension")
def suspend(user_id: int) -> Response:
    """Suspend for a number of days, or until a date."""
    by, now = signed_in(), clock.utcnow()
    try:
        suspension.suspend(user_id, until=_until(now), reason=typed("reason"), by=by, now=now)
    except Invalid as error:
        return _refused(user_id, error)
    tell("The account is suspended, and its owner is told why.")
    return see(f"/people/{user_id}/standing")


def _until(now: datetime) -> datetime:
    """From the field `days`, or from `until` as a date (the end of that day, UTC)."""
    days = number(typed("days"))
    if days:
        return now + timedelta(days=min(days, 100 * suspension.LONGEST_DAYS))
    try:
        return _end_of_day(typed("until"))
    except ValueError:
        raise Invalid({"until": "Choose how long, or a date as 2026-12-31."}) from None


@blueprint.delete(f"/people/<{ID}:user_id>/suspension")
def lift(user_id: int) -> Response:
    """End a suspension early."""
    suspension.lift(user_id, reason=typed("reason"), by=signed_in(), now=clock.utcnow())
    tell("The suspension is lifted.")
    return see(f"/people/{user_id}/standing")


@blueprint.post(f"/people/<{ID}:user_id>/expertise")
def grant(user_id: int) -> Response:
    """Trust a person to verify under a tag."""
    try:
        tag = _tag(typed("tag").strip().lower())
        expertise.grant(user_id, tag.id, by=signed_in(), now=clock.utcnow())
    except NotFound as error:
        return _refused(user_id, Invalid({"tag": error.message}))
    tell(f"An expert in {tag.name} for {expertise.LASTS.days} days.")
    return see(f"/people/{user_id}/standing")


@blueprint.delete(f"/people/<{ID}:user_id>/expertise/<{ID}:tag_id>")
def revoke(user_id: int, tag_id: int) -> Response:
    """End somebody's expertise."""
    expertise.revoke(user_id, tag_id, by=signed_in(), now=clock.utcnow())
    tell("The expertise has ended.")
    return see(f"/people/{user_id}/standing")


@blueprint.post(f"/people/<{ID}:user_id>/role")
def role(user_id: int) -> Response:
    """Change somebody's role; admins only."""
    by = signed_in()
    if typed("role") not in [known.value for known in Role]:
        return _refused(user_id, Invalid({"role": "Choose one of the roles."}))
    roles.change(user_id, Role(typed("role")), by=by, now=clock.utcnow())
    tell("The role is changed.")
    return see(f"/people/{user_id}/standing")


@blueprint.post(f"/people/<{ID}:user_id>/closure")
def close_account(user_id: int) -> Response:
    """Close an account; with `votes` its votes are taken back too. Admins only."""
    by = signed_in()
    try:
        accounts.close(user_id, reason=typed("reason"), take_back_votes=bool(typed("votes")), by=by, now=clock.utcnow())
    except (Invalid, Conflict) as error:
        return _refused(user_id, error)
    tell("The account is closed.")
    return see(f"/people/{user_id}/standing")


@blueprint.post(f"/people/<{ID}:user_id>/merger")
def merge_account(user_id: int) -> Response:
    """Merge an account into another one, given by its number or address. Admins only."""
    by = signed_in()
    try:
        into_id = number(typed("into").strip().rstrip("/").rpartition("/people/")[2].partition("/")[0])
        if into_id is None:
            raise Invalid({"into": "Give the number of the other account, or the address of its page."})
        accounts.merge(user_id, into_id, reason=typed("reason"), by=by, now=clock.utcnow())
    except (Invalid, Conflict) as error:
        return _refused(user_id, error)
    tell("The accounts are one now.")
    return see(f"/people/{into_id}/standing")


@blueprint.get("/tags/<name>/policy")
def policy_form(name: str) -> str:
    """A tag's policy; with values in the address, what they would do. Nothing is changed."""
    by, tag = _moderator("set_policy"), _tag(name)
    if "interval_days" not in request.args:
        return render_template("moderation/policy.html", **_policy(tag), values=_standing_policy(tag), errors={}, preview=None)
    try:
        preview = tag_policy.preview(tag.id, _change(request.args), by=by, now=clock.utcnow())
    except Invalid as error:
        return render_template("moderation/policy.html", **_policy(tag), values=request.args, errors=error.fields, preview=None)
    return render_template("moderation/policy.html", **_policy(tag), values=request.args, errors={}, preview=preview)


def _policy(tag: Tag) -> dict[str, object]:
    """What the form says beside its fields."""
    return {
        "tag": tag,
        "longest_plain": LONGEST_INTERVAL_DAYS,
        "default_longest": DEFAULT_LONGEST_DAYS,
        "default_interval": DEFAULT_INTERVAL_DAYS,
        "default_grace": DEFAULT_GRACE_DAYS,
        "longest_permanent": arms.LONGEST_DAYS,
    }


def _standing_policy(tag: Tag) -> dict[str, object]:
    return {
        "freshness": tag.freshness,
        "permanent_until": f"{tag.permanent_until:%Y-%m-%d}" if tag.permanent_until else "",
        "interval_days": tag.interval_days or "",
        "grace_days": "" if tag.grace_days is None else tag.grace_days,
        "verifiers_needed": tag.verifiers_needed or "",
        "spread_days": Change.spread_days,
    }


@blueprint.post("/tags/<name>/policy")
def set_policy(name: str) -> Response:
    """Set a tag's policy and move the dates of the answers under it."""
    by, tag = signed_in(), _tag(name)
    try:
        done = tag_policy.change(tag.id, _change(request.form), by=by, now=clock.utcnow())
    except Invalid as error:
        return again(error, "moderation/policy.html", **_policy(tag), values=request.form, errors=error.fields, preview=None)
    tell("The policy is set" + (", and the answers follow it." if done else "; its answers follow it within the next minutes."))
    return see(tag_url(tag.name))


@blueprint.post("/tags/<name>/description")
def describe(name: str) -> Response:
    """Say what a tag is for."""
    tag = _tag(name)
    tag_policy.describe(tag.id, typed("description"), by=signed_in(), now=clock.utcnow())
    tell("The description is saved.")
    return see(tag_url(tag.name))


@blueprint.post("/tags/<name>/merger")
def merge(name: str) -> Response:
    """Give the tag's questions another tag; its name leads there from then on."""
    by, tag = _moderator("set_policy"), _tag(name)
    try:
        into = _tag(typed("into").strip().lower())
        tag_merge.merge(tag.id, into.id, by=by, now=clock.utcnow())
    except (NotFound, Invalid) as error:
        refused = Invalid({"into": error.message})
        shown = {**_policy(tag), "values": {**_standing_policy(tag), "into": typed("into")}, "errors": refused.fields}
        return again(refused, "moderation/policy.html", **shown, preview=None)
    tell(f"Merged: {tag.name} is {into.name} now.")
    return see(tag_url(into.name))


def _tag(name: str) -> Tag:
    tag = db.session.scalars(select(Tag).where(Tag.name == name)).one_or_none()
    if tag is None:
        raise NotFound(f"There is no tag “{name[:60]}”.")
    return tag


def _change(values: Mapping[str, str]) -> Change:
    """The wanted policy; an empty field means the site's default. Raises Invalid for what is no number, or no date."""
    found: dict[str, int | None] = {}
    wrong = {}
    for name in ("interval_days", "grace_days", "verifiers_needed", "spread_days"):
        text = values.get(name, "").strip()
        found[name] = number(text)
        if text and found[name] is None:
            wrong[name] = "Give a whole number, or leave it empty for the site’s default."
    kind, until = values.get("freshness", "").strip() or None, None
    if kind == "permanent":
        try:
            until = _end_of_day(values.get("permanent_until", ""))
        except ValueError:
            wrong["permanent_until"] = "Give a day, as 2026-12-31."
    if wrong:
        raise Invalid(wrong)
    spread = found["spread_days"]
    return Change(
        found["interval_days"],
        found["grace_days"],
        found["verifiers_needed"],
        Change.spread_days if spread is None else spread,
        kind,
        until,
    )


def _end_of_day(typed_date: str) -> datetime:
    """The end of a day as 2026-12-31, UTC. Raises ValueError for anything else."""
    day = datetime.strptime(typed_date.strip(), "%Y-%m-%d").date()  # noqa: DTZ007 - a date only
    return datetime.combine(day, time.max, UTC)
