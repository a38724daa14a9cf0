"""The price list: what each event is worth, in points. Pure: no flask, no sqlalchemy; the help page prints these tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

DAILY_CAP = 200
"""The most points a person can gain from votes on one day of the site's time zone."""
STARTING_REPUTATION = 1
"""What a new person begins with; the ledger's entries come on top."""
DAILY_CONFIRMATIONS_PAID = 5
"""How many "still right" verifications a day are paid."""
KEPT_CURRENT_PAUSE = timedelta(days=60)
"""An author is paid for an accepted answer verified as still right at most once in this time."""

FIND_PAUSE = timedelta(days=60)
"""A person is paid for finding one answer wrong, for repairing it and for reporting it at most once each in this time."""


@dataclass(frozen=True)
class Price:
    """One line of the price list."""

    points: int
    capped: bool
    """Whether gains count against the daily cap."""
    words: str
    """What it is for; stands on a person's page, whoever reads it, and on the help page."""


PRICES: Mapping[str, Price] = MappingProxyType(
    {
        "answer_upvoted": Price(10, True, "answer voted up"),
        "answer_downvoted": Price(-2, False, "answer voted down"),
        "downvoting": Price(-1, False, "voting an answer down"),
        "question_upvoted": Price(5, True, "question voted up"),
        "question_downvoted": Price(-2, False, "question voted down"),
        "answer_accepted": Price(15, False, "answer accepted"),
        "accepting": Price(2, False, "accepting an answer"),
        "kept_current": Price(5, False, "accepted answer checked and still right"),
        "wrong_found": Price(5, False, "finding a wrong answer, confirmed by somebody else"),
        "still_right": Price(1, False, "checking an answer that is still right"),
        "report_confirmed": Price(3, False, "reporting that an answer no longer works, confirmed by a check"),
        "answer_repaired": Price(5, False, "repairing an answer, verified by somebody else"),
        "edit_approved": Price(2, False, "suggesting an edit that was approved"),
        "spam_confirmed": Price(-100, False, "a post that was confirmed as spam"),
    }
)
"""Every reason that a first entry can have. A total has no floor: what a loss takes, it takes in full, below zero if need be,
so that taking it back gives back exactly that."""

REVERSAL = "reversal"
"""The reason of an entry that takes another one back."""
REINSTATEMENT = "reinstatement"
"""The reason of an entry that takes a reversal back."""
RELEASE = "release"
"""The reason of an entry that lets points count which the daily cap kept back: a vote that counted was withdrawn the same day."""
WITHHOLDING = "withholding"
"""The reason of an entry by which points count no more that were over the daily cap; only a repair makes one."""
FOLLOWING = (REVERSAL, REINSTATEMENT, RELEASE, WITHHOLDING)
"""Every reason of an entry that follows another."""


def of(reason: str) -> int:
    """The points a reason is worth. KeyError for a reason that is not on the list."""
    return PRICES[reason].points


def after_cap(delta: int, gained_today: int, cap: int = DAILY_CAP) -> tuple[int, int]:
    """Split a capped gain into (what counts, what the cap swallows), given what counted already today. Losses always count."""
    if delta <= 0:
        return delta, 0
    counts = max(0, min(delta, cap - gained_today))
    return counts, delta - counts
