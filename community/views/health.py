"""How fresh the forum is: a page for staff, and each of its tables as a file."""

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in
from app.errors import NotFound
from community import policy
from community.freshness import health
from community.queries.health import LOAD, SPANS, Amount, HealthPage, health_page
from community.queries.health_audit import FOUND
from community.views._csv import Cell, download

blueprint = Blueprint("freshness_health", __name__)

Table = tuple[Sequence[str], list[Sequence[Cell]]]


def _page() -> HealthPage:
    """For staff alone: it names who checks, and how often they missed something."""
    by, now = signed_in(), clock.utcnow()
    policy.require(by, "see_health", None, now)
    span = request.args.get("days", type=int)
    return health_page(span if span in SPANS else SPANS[0], now)


@blueprint.get("/health/freshness")
def index() -> str:
    """The page; `?days=90` looks further back."""
    page = _page()
    tabs = [(f"/health/freshness?days={span}", f"Last {span} days", None, span == page.span) for span in SPANS]
    return render_template("health/index.html", page=page, tabs=tabs, load=LOAD.days, few=health.FEW_AUDITS)


@blueprint.get("/health/freshness/<name>.csv")
def table(name: str) -> Response:
    """One of the page's tables."""
    page = _page()
    if name not in TABLES:
        raise NotFound("There is no such table.")
    heading, rows = TABLES[name](page)
    return download(f"freshness-{name}", heading, rows)


def _views(page: HealthPage) -> Table:
    return ("day", *FOUND), [(day.day.isoformat(), *(day.views[found] for found in FOUND)) for day in page.days]


def _audit(page: HealthPage) -> Table:
    rows: list[Sequence[Cell]] = [
        ("audited", page.audit.checked),
        ("found wrong", page.audit.wrong),
        ("audited under a banner", page.under_banner.checked),
        ("found wrong under a banner", page.under_banner.wrong),
        ("sensitivity", round(page.sensitivity.mean, 4)),
        ("specificity", round(page.specificity.mean, 4)),
        ("known items", page.known),
    ]
    if page.estimate is not None:
        rows += [
            ("wrong shown as current", round(page.estimate.share, 4)),
            ("standard error", round(page.estimate.error, 4)),
            ("at least", round(page.estimate.least, 4)),
            ("at most", round(page.estimate.most, 4)),
        ]
    return ("what", "value"), rows


def _forecast(page: HealthPage) -> Table:
    return ("week from", "answers due"), [(week.begins.isoformat() if week.begins else "", week.answers) for week in page.weeks]


def _backlog(page: HealthPage) -> Table:
    return ("due for", "answers"), _amounts(page.backlog)


def _amounts(amounts: Sequence[Amount]) -> list[Sequence[Cell]]:
    return [(amount.words, amount.answers) for amount in amounts]


def _verifiers(page: HealthPage) -> Table:
    return ("name", "checks", "found wrong", "checked again", "missed"), [
        (one.person.name, one.checks, one.finds, one.checked_again, one.missed) for one in page.verifiers
    ]


def _tags(page: HealthPage) -> Table:
    return ("tag", "questions", "half-life in days", "found gone wrong", "days right"), [
        (
            tag.name,
            tag.questions,
            round(tag.half_life, 1) if tag.half_life is not None else None,
            round(tag.gone_wrong, 2),
            round(tag.right_days),
        )
        for tag in page.tags
    ]


def _arms(page: HealthPage) -> Table:
    return ("side", "views", "current", "audited", "found wrong", "estimate", "standard error"), [
        (
            side.words,
            side.views,
            round(side.current / 100, 4),
            side.audit.checked,
            side.audit.wrong,
            round(side.estimate.share, 4) if side.estimate else None,
            round(side.estimate.error, 4) if side.estimate else None,
        )
        for side in page.arms.sides or ()
    ]


TABLES: Mapping[str, Callable[[HealthPage], Table]] = {
    "views": _views,
    "audit": _audit,
    "forecast": _forecast,
    "backlog": _backlog,
    "verifiers": _verifiers,
    "tags": _tags,
    "arms": _arms,
}
