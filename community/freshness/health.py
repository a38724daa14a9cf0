"""What the blind audit tells: how much of what is shown as current is wrong, and how sure that is. Pure mathematics.

Verifiers err, so the share they find wrong is not the share that is wrong. With `sensitivity` (the chance that a wrong answer is
found wrong) and `specificity` (that a right one is found right) the estimate of Rogan and Gladen (American Journal of
Epidemiology 107, 1978) is p = (found + specificity - 1) / (sensitivity + specificity - 1). Its variance is by the delta method,
with both rates uncertain too: each is a Beta distribution that the items whose truth is known have shaped.
"""

import math
from dataclasses import dataclass
from datetime import timedelta

NORMAL_95 = 1.959964
"""Standard errors to either side of an estimate that hold 95 % of it."""
NORMAL_POWER_80 = 0.841621
"""… and the share of trials of that size that would see the difference: 80 %."""
TO_SEE = 0.05
"""The difference between arms that a comparison should be able to see."""
FEW_AUDITS = 30
"""Below so many audits in an arm no difference is spoken of."""
LEAST_INFORMATION = 0.05
"""Where sensitivity and specificity together say less than this, the audit says nothing."""


@dataclass(frozen=True)
class Rate:
    """A rate between 0 and 1 that is not known for certain: a Beta distribution."""

    hits: float
    misses: float

    @property
    def mean(self) -> float:
        return self.hits / (self.hits + self.misses)

    @property
    def variance(self) -> float:
        n = self.hits + self.misses
        return self.hits * self.misses / (n * n * (n + 1))

    def after(self, hits: int, misses: int) -> "Rate":
        """Having seen so many more of either."""
        return Rate(self.hits + hits, self.misses + misses)


SENSITIVITY = Rate(19.0, 1.0)
"""What verifiers are taken to find of what is wrong before anything is known of them: 0.95, weighing as 20 known items."""
SPECIFICITY = Rate(99.0, 1.0)
"""What they are taken to leave of what is right: 0.99, weighing as 100 known items."""


@dataclass(frozen=True)
class Audit:
    """Audited views: how many, and how many of them were found wrong."""

    checked: int
    wrong: int

    @property
    def found(self) -> Rate:
        """The share found wrong. One of either is added, so that no wrong one among ten does not pass for certainty."""
        return Rate(self.wrong + 1.0, self.checked - self.wrong + 1.0)

    @property
    def share(self) -> float:
        return self.wrong / self.checked if self.checked else 0.0


@dataclass(frozen=True)
class Estimate:
    """A share of views, and its standard error."""

    share: float
    error: float
    least: float
    most: float
    """Between these it lies with 95 %."""

    @property
    def scale(self) -> float:
        """A round share that a chart of it can end with."""
        return next((top for top in (0.05, 0.1, 0.2, 0.5) if self.most <= top), 1.0)


@dataclass(frozen=True)
class Difference:
    """How much more of one arm is wrong than of the other, as shares; positive: the arm is worse."""

    change: float
    least: float
    most: float
    missing: int
    """Audits that are missing in the two arms together to see TO_SEE."""


def estimate(audit: Audit, sensitivity: Rate = SENSITIVITY, specificity: Rate = SPECIFICITY) -> Estimate | None:
    """The share that is wrong, between 0 and 1; None where nothing was audited, or where verifiers do no better than chance."""
    if not audit.checked or _information(sensitivity, specificity) < LEAST_INFORMATION:
        return None
    share = _corrected(audit, sensitivity, specificity)
    error = math.sqrt(_variance(audit, share, sensitivity, specificity))
    return Estimate(_clip(share), error, _clip(share - NORMAL_95 * error), _clip(share + NORMAL_95 * error))


def difference(arm: Audit, others: Audit, sensitivity: Rate = SENSITIVITY, specificity: Rate = SPECIFICITY) -> Difference | None:
    """The arm against the others, both audited by the same verifiers; None with fewer than FEW_AUDITS in either."""
    information = _information(sensitivity, specificity)
    if min(arm.checked, others.checked) < FEW_AUDITS or information < LEAST_INFORMATION:
        return None
    change = (arm.share - others.share) / information
    sampling = (arm.found.variance + others.found.variance) / information**2
    rates = (change / information) ** 2 * (sensitivity.variance + specificity.variance)
    margin = NORMAL_95 * math.sqrt(sampling + rates)
    return Difference(
        change, max(change - margin, -1.0), min(change + margin, 1.0), missing(arm, others, sensitivity, specificity)
    )


def missing(arm: Audit, others: Audit, sensitivity: Rate = SENSITIVITY, specificity: Rate = SPECIFICITY) -> int:
    """How many audits are missing, in both together, for a difference of TO_SEE to be seen in four trials of five. By the usual
    size for two proportions (Fleiss, Statistical Methods for Rates and Proportions, ch. 4), at the shares seen so far."""
    information = max(_information(sensitivity, specificity), LEAST_INFORMATION)
    spread = sum(audit.found.mean * (1 - audit.found.mean) for audit in (arm, others))
    needed = math.ceil((NORMAL_95 + NORMAL_POWER_80) ** 2 * spread / (TO_SEE * information) ** 2)
    return sum(max(0, needed - audit.checked) for audit in (arm, others))


def half_life(rate: float) -> float:
    """Days until half of the answers that go wrong at this rate a day have done so."""
    return math.log(2) / rate


def in_words(days: float) -> str:
    """About how long, as people say it: "about 7 months"."""
    for length, most, one, several in (
        (1.0, 14.0, "a day", "days"),
        (7.0, 9 * 7.0, "a week", "weeks"),
        (365.25 / 12, 24 * 365.25 / 12, "a month", "months"),
    ):
        if days < most:
            count = max(1, round(days / length))
            return f"about {one}" if count == 1 else f"about {count} {several}"
    return f"about {round(days / 365.25)} years"


DAY = timedelta(days=1)
BACKLOG = (("up to a week", 7), ("a week to a month", 30), ("one to three months", 90), ("three months to a year", 365))
"""How long what is due has been due: words, and days at most; what is older comes after them."""
OLDER = "longer than a year"


def _information(sensitivity: Rate, specificity: Rate) -> float:
    return sensitivity.mean + specificity.mean - 1


def _corrected(audit: Audit, sensitivity: Rate, specificity: Rate) -> float:
    return (audit.share + specificity.mean - 1) / _information(sensitivity, specificity)


def _variance(audit: Audit, share: float, sensitivity: Rate, specificity: Rate) -> float:
    """By the delta method: d p/d found = 1/J, d p/d sensitivity = -p/J, d p/d specificity = (1 - p)/J."""
    parts = audit.found.variance + share**2 * sensitivity.variance + (1 - share) ** 2 * specificity.variance
    return parts / _information(sensitivity, specificity) ** 2


def _clip(share: float) -> float:
    return min(1.0, max(0.0, share))
