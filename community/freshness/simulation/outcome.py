"""What came of a policy in a world, as shares of views, and the loss by which policies are compared. No numpy here."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from statistics import fmean
from typing import Any

from community.freshness.belief import PARAMETERS

BANNER, DOUBTED, LOST, NOTHING = 0.4, 0.1, 0.5, 0.3
"""What a view costs beside one of a wrong answer shown as current (1): wrong under a banner; right under a banner; right, but
expired; wrong and expired, so that the reader finds nothing."""


@dataclass(frozen=True)
class Outcome:
    """A policy's result. All but the work are shares of views."""

    policy: str
    """Its key in NAMES."""
    right: float
    """Right and shown as current."""
    wrong_shown: float
    """Wrong, shown as current: SE."""
    wrong_banner: float
    """Wrong, under the banner "past its best-before date": SB."""
    right_banner: float
    """Right, under that banner: FB."""
    right_expired: float
    """Right, but expired: FE."""
    wrong_expired: float
    """Wrong and expired, so that its readers find no answer: TH."""
    checks: float
    """Checks a day."""
    repairs: float
    """Repairs a day."""

    @property
    def loss(self) -> float:
        """J = SE + .4 SB + .1 FB + .5 FE + .3 TH."""
        return (
            self.wrong_shown
            + BANNER * self.wrong_banner
            + DOUBTED * self.right_banner
            + LOST * self.right_expired
            + NOTHING * self.wrong_expired
        )

    @property
    def work(self) -> float:
        """Units of work a day."""
        return self.checks + PARAMETERS.FIX * self.repairs

    @property
    def hidden(self) -> float:
        """Share of views whose answer is expired."""
        return self.right_expired + self.wrong_expired

    def as_json(self) -> dict[str, Any]:
        """For a table, or another process."""
        return asdict(self)


def from_json(said: Mapping[str, Any]) -> Outcome:
    """What `as_json` gave."""
    return Outcome(**{field.name: said[field.name] for field in fields(Outcome)})


def mean(outcomes: Sequence[Outcome]) -> Outcome:
    """The mean of one policy's results in several worlds."""
    numbers = [field.name for field in fields(Outcome) if field.name != "policy"]
    return Outcome(outcomes[0].policy, **{name: fmean(getattr(one, name) for one in outcomes) for name in numbers})


NAMES: Mapping[str, str] = {
    "permanent": "Answers are permanent",
    "banner": "90 days, then a banner",
    "expiring": "90 days, then expired",
    "expiring_read": "90 days, then expired; most read checked first",
    "on_use": "90 days, then a banner; checked when read",
    "belief": "This policy",
    "belief_half": "This policy, half the checks",
    "belief_double": "This policy, twice the checks",
}
"""The policies, in the order of the table."""

COLUMNS: Mapping[str, str] = {
    "wrong_shown": "wrong, shown as current",
    "wrong_banner": "wrong, under a banner",
    "right_banner": "right, under a banner",
    "right_expired": "right, but expired",
    "wrong_expired": "wrong and expired",
    "hidden": "hidden in all",
}
"""The shares of views that the table shows, in its order."""


def table(outcomes: Sequence[Outcome]) -> str:
    """For a terminal; also a table in Markdown."""
    head = ["policy", *COLUMNS.values(), "work a day", "loss J"]
    rows = [
        [
            NAMES[one.policy],
            *(f"{100 * getattr(one, name):.2f} %" for name in COLUMNS),
            f"{one.work:.0f}",
            f"{one.loss:.4f}",
        ]
        for one in outcomes
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        _line(head, widths),
        "|" + "|".join("-" * (width + 1) + (":" if at else "-") for at, width in enumerate(widths)) + "|",
    ]
    return "\n".join([*lines, *(_line(row, widths) for row in rows)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = f"{cells[0]:<{widths[0]}}"
    return "| " + " | ".join([first, *(f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True))]) + " |"


def as_csv(outcomes: Sequence[Outcome]) -> str:
    """One line a policy, shares as fractions."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [field.name for field in fields(Outcome)]
    writer.writerow([*names, "work", "loss"])
    for one in outcomes:
        writer.writerow([*(getattr(one, name) for name in names), one.work, one.loss])
    return out.getvalue()
