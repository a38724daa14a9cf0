"""What the calculator is asked: a site, the work it can spend, and how its people behave. No numpy here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from app.errors import Invalid

LIMITS: Mapping[str, tuple[float, float]] = {
    "answers": (100, 100_000),
    "days": (30, 1460),
    "seed": (0, 2**31 - 1),
    "checks": (0, 100_000),
    "grace_days": (0, 3650),
    "rubber_stamped": (0, 1),
    "views_per_day": (1, 1e9),
    "archive": (0, 1),
    "archive_days": (1, 36_500),
    "life_days": (10, 36_500),
    "reports": (0, 100),
    "confirmations": (0, 100),
    "announced": (0, 1),
    "caught": (0.1, 1),
}
"""Least and most of each number."""
MOST_WORK = 50_000 * 1460
"""Answers times days: what one process computes in half a minute per policy."""


@dataclass(frozen=True)
class Wish:
    """A world and the work spent in it. Shares are 0..1, times are days."""

    answers: int = 20_000
    """How many there are at the end."""
    days: int = 730
    seed: int = 1
    checks: float = 60.0
    """Units of work a day: a check is 1, the repair of what was found wrong costs Parameters.FIX more."""
    grace_days: int = 365
    """How long a due answer stays readable before it expires, where nobody vouches for it."""
    rubber_stamped: float = 0.0
    """Share of checks that say "still right" without looking."""
    views_per_day: float = 20_000.0
    """Views of answers on the whole site."""
    archive: float = 0.5
    """Share of the answers that was there before the first day, without any verification."""
    archive_days: int = 730
    """Over how many days before the first those were posted."""
    life_days: float = 1095.0
    """How long an answer stays right on average, releases aside."""
    lives: tuple[tuple[float, float], ...] = ()
    """Where a site has learned it: per tag its answers and how long they stay right. Empty: drawn around life_days."""
    reports: float = 1.0
    """How readily readers say that an answer no longer works, as a multiple of the usual."""
    confirmations: float = 1.0
    """How readily they say that it works."""
    announced: float = 0.85
    """Share of the releases that staff announce."""
    caught: float = 0.92
    """Chance that a verifier who looks finds a wrong answer wrong."""

    def __post_init__(self) -> None:
        """Raises Invalid where a value makes no world, or one too large to compute."""
        wrong = {
            name: f"Give a number from {least:,} to {most:,}."
            for name, (least, most) in LIMITS.items()
            if not least <= getattr(self, name) <= most
        }
        if not wrong and self.checks > self.answers:
            wrong["checks"] = "There are not as many answers."
        if not wrong and self.answers * self.days > MOST_WORK:
            wrong["days"] = f"{self.answers:,} answers for {self.days:,} days are too many; take fewer of either."
        if not all(count > 0 and days > 0 for count, days in self.lives):
            wrong["lives"] = "Counts and lives are above 0."
        if wrong:
            raise Invalid(wrong)

    def but(self, **values: float) -> "Wish":
        """With other values, checked as all are. Where there are more answers or fewer, and nothing is said of views, each has
        as many as before."""
        whole = {name: int(value) if isinstance(getattr(self, name), int) else value for name, value in values.items()}
        if "answers" in whole and "views_per_day" not in whole:
            whole["views_per_day"] = max(1.0, round(self.views_per_day * whole["answers"] / self.answers, 1))
        return replace(self, **whole)  # type: ignore[arg-type]  # the names are a form's or a command's, the kinds as they were

    def as_json(self) -> dict[str, Any]:
        """For a table, or another process."""
        return asdict(self)


def from_json(said: Mapping[str, Any]) -> Wish:
    """What `as_json` gave; names it does not know are left out. Raises Invalid as Wish does."""
    known = {field.name for field in fields(Wish)}
    values = {name: value for name, value in said.items() if name in known}
    values["lives"] = tuple((float(count), float(days)) for count, days in said.get("lives", ()))
    return Wish(**values)


def several(wish: Wish, runs: int) -> list[Wish]:
    """The same in `runs` worlds, from its seed on."""
    return [replace(wish, seed=wish.seed + run) for run in range(runs)]
