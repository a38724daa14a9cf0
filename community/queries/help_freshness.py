"""How freshness is reckoned, for the help page: every number is the constant that the product goes by."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache

from community import lifecycle
from community.freshness import approval, assignments, audit, escalation, evidence, impact, undo, verifiers, weights
from community.freshness import belief as model
from community.freshness.belief import PARAMETERS
from community.queries.answer_history import percent
from community.queries.tags import days

_PARAMETERS: Mapping[str, str] = {
    "A": "shape of the Gamma prior on an answer’s rate of going wrong",
    "LAM0": "that rate where nothing is known, a day",
    "N0": "weight of all tags’ mean in each tag’s own rate, in wrong answers",
    "WARN": "past its date over this doubt",
    "EXPIRE": "expired over this doubt",
    "HYS": "a level that was passed is left below this share of it",
    "GUARD": "doubt without readers that has to be there for evidence to expire an answer",
    "R": "chance that a view of a wrong answer brings a report",
    "FR": "chance that a view of a right one does",
    "C0": "chance that a view of a right answer brings a confirmation",
    "C1": "chance that a view of a wrong one does",
    "H": "days ahead for which a check is valued",
    "HMIN": "the least rate that a check is valued with",
    "FIX": "what a repair costs beside a check",
    "AUDIT": "share of checks that is drawn by lot",
    "LLR_LEAST": "the most that one day’s confirmations weigh, in log odds",
    "LLR_MOST": "the most that one day’s reports weigh",
    "LOGIT_MOST": "how far from even odds readers can move the doubt",
    "NEW": "doubt about a new answer",
    "NEW_HR": "the same as a hazard",
    "CHECKED": "doubt about an answer that was just checked: people err",
    "CAUGHT": "chance that a check finds what is wrong",
    "FALSE_FIND": "chance that it finds wrong what is right",
    "PAUSE": "days for which a checked answer is not offered again",
    "VIEWS_OVER": "days over which views are averaged",
}
"""What the letters stand for; a test compares them with the parameters there are."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """What the page prints of it."""

    new: str
    checked: str
    warn: str
    expire: str
    guard: str
    new_lasts: str
    checked_lasts: str
    intervals: str
    longest: str
    plain: str
    weights: tuple[tuple[str, str], ...]
    confirmers: int
    releases: tuple[tuple[str, str], ...]
    pause: str
    lease: str
    undo: str
    target: int
    audit: str
    known: str
    second: str
    patience: str
    rework_share: str
    rework_words: int
    parameters: tuple[tuple[str, str, str], ...]


@cache
def freshness() -> Freshness:
    """The constants in words."""
    p = PARAMETERS
    return Freshness(
        new=percent(p.NEW),
        checked=percent(p.CHECKED),
        warn=percent(p.WARN),
        expire=percent(p.EXPIRE),
        guard=percent(p.GUARD),
        new_lasts=days(round(model.best_before_in(model.create(), p.LAM0))),
        checked_lasts=days(_quiet_checks(1)[0]),
        intervals=", then ".join(str(interval) for interval in _quiet_checks(4)),
        longest=days(lifecycle.DEFAULT_LONGEST_DAYS),
        plain=days(lifecycle.DEFAULT_INTERVAL_DAYS),
        weights=_weights(),
        confirmers=evidence.CONFIRMERS_TO_REVIVE,
        releases=tuple((size, percent(kappa)) for size, kappa in impact.KAPPA.items()),
        pause=days(round(p.PAUSE)),
        lease=_minutes(assignments.LEASE),
        undo=_minutes(undo.UNDO_FOR),
        target=verifiers.DAILY_TARGET,
        audit=percent(p.AUDIT),
        known=percent(audit.KNOWN),
        second=percent(audit.SECOND),
        patience=days(escalation.PATIENCE.days),
        rework_share=percent(approval.LEAST_SHARE),
        rework_words=approval.LEAST_WORDS,
        parameters=tuple(
            (field.name, _PARAMETERS.get(field.name, ""), f"{getattr(p, field.name):.4g}") for field in fields(PARAMETERS)
        ),
    )


def _quiet_checks(many: int) -> list[int]:
    """How many days an answer is good after each of so many checks in a row that find it right, each when its date has come."""
    belief = model.create()
    found: list[int] = []
    age = model.best_before_in(belief, PARAMETERS.LAM0)
    for _ in range(many):
        belief, _learned = model.verify(belief, model.TagRate(), False, 0.0 if not found else age)
        age = model.best_before_in(belief, PARAMETERS.LAM0)
        found.append(round(age))
    return found


def _weights() -> tuple[tuple[str, str], ...]:
    def of(prior: tuple[float, float]) -> str:
        return f"{min(weights.MOST, weights.beta_mean(prior, 0, 0)):g}"

    return (
        ("Staff and experts in the question’s tags, at first", of(weights.TRUSTED)),
        ("Anybody signed in, at first", of(weights.KNOWN)),
        (f"A new account ({days(weights.NEW_FOR.days)}), or one without a confirmed mail address", of(weights.NEW)),
        ("Somebody who is not signed in", f"{weights.ANONYMOUS:g}"),
        ("A link in the answer that leads nowhere", f"{weights.DEAD_LINK:g}"),
        ("A vote down since the last check", f"{weights.DOWN_VOTE:g}"),
        ("The most that a word can come to weigh", f"{weights.MOST:g}"),
    )


def _minutes(span: timedelta) -> str:
    minutes = round(span / timedelta(minutes=1))
    return "a minute" if minutes == 1 else f"{minutes} minutes"
