"""Whether pages speak of rewards: the switch, as this process knows it.

A page's menu must not cost a statement, so it is looked at beside what people do, at most once a minute; the pages of rewards
themselves always look anew.
"""

from datetime import datetime, timedelta

from app.db import db
from reputation.rewards import plans

REMEMBERED = timedelta(minutes=1)


class Shown:
    """What the frame of every page asks. Threads may look at the same time: then it is looked at twice."""

    def __init__(self) -> None:
        self._known: tuple[datetime, bool] | None = None

    def __call__(self) -> bool:
        """Whether rewards are switched on, as far as is known; no statement. False in a process that has not looked yet."""
        return self._known is not None and self._known[1]

    def look(self, now: datetime) -> None:
        """Look again, unless that was done within a minute."""
        known = self._known
        if known is None or not known[0] <= now < known[0] + REMEMBERED:
            self._known = (now, plans.is_on(db.session()))

    def forget(self) -> None:
        """Look again the next time: this process has just switched."""
        self._known = None
