"""Pages about fairness: the moderators' queue, a finding, who voted for whom, the lines; and what one is told of one's own."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in
from app.errors import DomainError, Invalid
from community import policy
from community.fairness import careless, findings, looks, pairs, queries, settings
from community.views._web import ID, again, problems, see, tell, typed
from reputation.fairness.lines import KINDS, Line

blueprint = Blueprint("fairness", __name__)

QUEUE = "/moderation/fairness"
MINE = "/fairness"


def _who(action: str) -> User:
    by = signed_in()
    policy.require(by, action, None, clock.utcnow())
    return by


@blueprint.get(QUEUE)
def queue() -> str:
    """Appeals, what waits for a decision, what was decided lately, and verifiers whose checks miss."""
    _who("judge_fairness")
    return render_template("fairness/queue.html", page=queries.queue_page(clock.utcnow()), errors={})


@blueprint.get(f"{QUEUE}/<{ID}:finding_id>")
def finding(finding_id: int) -> str:
    """One finding, without its single votes."""
    _who("judge_fairness")
    return render_template("fairness/finding.html", page=queries.finding_page(finding_id), errors={}, reason="")


@blueprint.post(f"{QUEUE}/<{ID}:finding_id>/votes")
def finding_votes(finding_id: int) -> str:
    """The same with its votes; the look is written down."""
    by = _who("see_votes")
    looks.at_finding(finding_id, by=by, now=clock.utcnow())
    page = queries.finding_page(finding_id, with_acts=True)
    return render_template("fairness/finding.html", page=page, errors={}, reason="")


@blueprint.post(f"{QUEUE}/<{ID}:finding_id>/decision")
def decide(finding_id: int) -> Response:
    """Uphold or dismiss."""
    uphold = _choice("uphold", "dismiss")
    try:
        if uphold is None:
            raise Invalid({"decision": "Choose one of the two."})
        findings.decide(finding_id, uphold=uphold, reason=typed("reason"), by=signed_in(), now=clock.utcnow())
    except Invalid as error:
        return _refused(finding_id, error)
    tell("The votes are taken back, and those concerned are told." if uphold else "The votes stand.")
    return see(QUEUE)


@blueprint.post(f"{QUEUE}/<{ID}:finding_id>/answer")
def answer(finding_id: int) -> Response:
    """Answer an appeal."""
    grant = _choice("grant", "refuse")
    try:
        if grant is None:
            raise Invalid({"decision": "Choose one of the two."})
        findings.answer(finding_id, grant=grant, reason=typed("reason"), by=signed_in(), now=clock.utcnow())
    except Invalid as error:
        return _refused(finding_id, error)
    tell("Everything counts again." if grant else "It stays as it is. Those concerned are told.")
    return see(QUEUE)


def _choice(yes: str, no: str) -> bool | None:
    return {yes: True, no: False}.get(typed("decision"))


def _refused(finding_id: int, error: DomainError) -> Response:
    _who("judge_fairness")
    shown = {"page": queries.finding_page(finding_id), "errors": problems(error), "reason": typed("reason")}
    return again(error, "fairness/finding.html", **shown)


@blueprint.get(f"{QUEUE}/lines")
def lines() -> str:
    """From when something looks arranged; admins only."""
    _who("set_fairness")
    return render_template("fairness/lines.html", rows=queries.line_rows(), values={}, errors={})


@blueprint.post(f"{QUEUE}/lines")
def set_lines() -> Response:
    """Set the lines."""
    by = _who("set_fairness")
    try:
        wanted = {kind: Line(_score(kind, "low"), _score(kind, "high")) for kind in KINDS if typed(f"{kind}-low")}
        settings.set_lines(wanted, by=by, now=clock.utcnow())
    except Invalid as error:
        shown = {"rows": queries.line_rows(), "values": request.form, "errors": error.fields}
        return again(error, "fairness/lines.html", **shown)
    tell("The lines are set. They hold from the next night on.")
    return see(f"{QUEUE}/lines")


def _score(kind: str, which: str) -> float:
    try:
        return float(typed(f"{kind}-{which}").replace(",", "."))
    except ValueError:
        raise Invalid({kind: "Give two numbers, as 4.5."}) from None


@blueprint.get(f"/people/<{ID}:user_id>/votes")
def votes_form(user_id: int) -> str:
    """Asks why somebody wants to look."""
    _who("see_votes")
    return render_template("fairness/votes.html", page=pairs.votes_page(user_id, looked=False), errors={}, reason="")


@blueprint.post(f"/people/<{ID}:user_id>/votes")
def votes(user_id: int) -> Response | str:
    """Who voted for whom; the look is written down."""
    by = _who("see_votes")
    try:
        looks.at_person(user_id, reason=typed("reason"), by=by, now=clock.utcnow())
    except Invalid as error:
        page = pairs.votes_page(user_id, looked=False)
        return again(error, "fairness/votes.html", page=page, errors=problems(error), reason="")
    page = pairs.votes_page(user_id, looked=True)
    return render_template("fairness/votes.html", page=page, errors={}, reason=typed("reason"))


@blueprint.delete(f"/people/<{ID}:user_id>/checks-pause")
def clear(user_id: int) -> Response:
    """Let a verifier begin anew."""
    by = _who("judge_fairness")
    try:
        careless.clear(user_id, reason=typed("reason"), by=by, now=clock.utcnow())
    except Invalid as error:
        return again(error, "fairness/queue.html", page=queries.queue_page(clock.utcnow()), errors=problems(error))
    tell("Their checks count in full again, and they are told.")
    return see(QUEUE)


@blueprint.get(MINE)
def mine() -> str:
    """What was taken back of one's own votes and points, and how to appeal."""
    return render_template("fairness/mine.html", page=queries.my_page(signed_in()), values={}, errors={})


@blueprint.post(f"{MINE}/<{ID}:finding_id>/appeal")
def appeal(finding_id: int) -> Response:
    """Appeal."""
    by = signed_in()
    try:
        findings.appeal(finding_id, text=typed("text"), by=by, now=clock.utcnow())
    except Invalid as error:
        shown = {"page": queries.my_page(by), "values": {"id": finding_id, "text": typed("text")}, "errors": problems(error)}
        return again(error, "fairness/mine.html", **shown)
    tell("Your appeal is with the moderators. The answer will be in your inbox.")
    return see(MINE)
