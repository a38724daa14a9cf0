"""Views by what the reader found, per day: what the share of current answers, and the comparison of arms, are counted from."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db import insert_into
from community import lifecycle
from community.freshness.beliefs import day_of
from community.models import ViewDay

NO_ANSWER = "none"


def found(question: Any, now: datetime) -> str:  # noqa: ANN401 - a row of the question's lead columns
    """What a reader of the question finds at `now`: the state of its lead answer, "none" where there is no living one."""
    if question.lead_best_before_at is None or question.lead_expires_at is None:
        return NO_ANSWER
    return lifecycle.state_at(question.lead_best_before_at, question.lead_expires_at, None, now)


class Tally:
    """Views being counted, at one moment."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._counts: Counter[tuple[date, str, str]] = Counter()

    def add(self, question: Any, views: int) -> None:  # noqa: ANN401 - a row of its lead columns and its freshness
        """So many views of the question, as it is now."""
        self._counts[day_of(self._now), found(question, self._now), question.freshness] += views

    def write(self, session: Session) -> None:
        """Add them to the days' counts, in one statement; several processes may do so at once, each in the rows' order."""
        if not self._counts:
            return
        rows = [
            {"day": day, "found": what, "arm": arm, "views": views} for (day, what, arm), views in sorted(self._counts.items())
        ]
        counted = insert_into(session, ViewDay).values(rows)
        session.execute(
            counted.on_conflict_do_update(
                index_elements=["day", "found", "arm"], set_={"views": ViewDay.views + counted.excluded.views}
            )
        )
