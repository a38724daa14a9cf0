"""The ledger's rules once more, as simply as they can be said, without a database: what a story should have come to.

Points belong to the day on which they were paid. Of a day's gains from votes that stand at most CAP count. While the day lasts,
what was withheld is let in as room comes, the oldest first; when it is over, nothing comes back that was not counted before.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from reputation.points import PRICES


@dataclass
class Gain:
    """What one cause paid, and what stands of it."""

    who: int
    price: int
    capped: bool
    day: date
    at: datetime
    reason: str
    about: tuple[str, int]
    counted: int
    removed: bool = False
    undone: bool = False
    lost: int = 0
    """What it counted when it was removed."""

    @property
    def stands(self) -> bool:
        return not self.removed and not self.undone


@dataclass
class Oracle:
    """Everything that was paid, in order."""

    cap: int
    zone: ZoneInfo
    gains: dict[str, Gain] = field(default_factory=dict)

    def pay(self, cause: str, who: int, reason: str, about: tuple[str, int], now: datetime) -> None:
        assert cause not in self.gains
        price, day = PRICES[reason], self._day(now)
        counted = min(price.points, self.room(who, day)) if price.capped else price.points
        self.gains[cause] = Gain(who, price.points, price.capped, day, now, reason, about, counted)

    def undo(self, cause: str, now: datetime) -> None:
        gain = self.gains[cause]
        gain.counted, gain.undone = 0, True
        self._let_in(now)

    def remove(self, about: tuple[str, int], now: datetime) -> None:
        for gain in self.gains.values():
            if gain.about == about and gain.stands:
                gain.lost, gain.counted, gain.removed = gain.counted, 0, True
        self._let_in(now)

    def restore(self, about: tuple[str, int], now: datetime) -> None:
        for gain in self.gains.values():
            if gain.about == about and gain.removed and not gain.undone:
                most = gain.price if gain.day == self._day(now) or not gain.capped else gain.lost
                gain.counted = min(most, self.room(gain.who, gain.day)) if gain.capped else most
                gain.removed = False

    def room(self, who: int, day: date) -> int:
        return self.cap - self.of_day(who, day)

    def of_day(self, who: int, day: date) -> int:
        return sum(gain.counted for gain in self.gains.values() if gain.who == who and gain.day == day and gain.capped)

    def total(self, who: int) -> int:
        return sum(gain.counted for gain in self.gains.values() if gain.who == who)

    def _let_in(self, now: datetime) -> None:
        today = self._day(now)
        for gain in self.gains.values():
            if gain.capped and gain.stands and gain.day == today:
                gain.counted += max(0, min(gain.price - gain.counted, self.room(gain.who, today)))

    def _day(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()
