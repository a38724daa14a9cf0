"""For how many whole years an answer was kept current. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class KeptYear:
    """A year without a gap, counted from `since`; told by the check made at `at`, at its end or later."""

    since: datetime
    number: int
    at: datetime

    @property
    def occasion(self) -> str:
        """What tells it from the other years of the same answer."""
        return f"{self.since:%Y-%m-%d}:{self.number}"


def kept_years(begun: datetime, checks: Iterable[datetime], lapses: Iterable[datetime]) -> list[KeptYear]:
    """The whole years for which an answer was current without a gap, in order.

    `checks` are the moments at which somebody else found it right, `lapses` those at which it was past its date, expired, was
    found wrong or was archived. A gap ends with the next check, and the counting begins anew there. A year that no check has
    closed does not count: that nobody looked is no proof. A check and a lapse of one moment: the lapse was first.
    """
    years: list[KeptYear] = []
    since: datetime | None = begun
    counted = 0
    for at, is_check in sorted([(at, True) for at in checks] + [(at, False) for at in lapses]):
        if not is_check:
            since = None
        elif since is None:
            since, counted = at, 0
        while is_check and since is not None and (counted + 1) * YEAR <= at - since:
            counted += 1
            years.append(KeptYear(since, counted, at))
    return years
