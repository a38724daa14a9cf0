"""Ledger entries of imported votes and acceptances. Nobody is named as voter: the dump does not tell.

These are written in bulk, but as `reputation.ledger` does it: entry and cached total in one transaction, each cause once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.days import day_of
from app.importers.bulk import Values, table_of, write
from app.importers.stackexchange.posts import Thread
from app.importers.stackexchange.values import as_moment
from community import acceptance
from community.boards import subjects
from reputation import points
from reputation.boards import keeping
from reputation.boards.keeping import Movement
from reputation.models import Entry


class Earned(NamedTuple):
    """What a vote paid: the stage has worked it out under the daily cap."""

    vote: int
    user: int
    at: int
    reason: str
    delta: int
    withheld: int
    post: int
    thread: int


QUERY = """
    SELECT e.id, e.user, e.at, e.reason, e.delta, e.withheld, p.id, p.thread
    FROM posts p JOIN earned e ON e.post = p.id WHERE p.thread BETWEEN ? AND ? ORDER BY p.thread, e.id"""


def of_vote(earned: Earned, source: str, author: int, question: int, answer: int | None) -> Values:
    """The entry of one vote on a question, or on its `answer`."""
    return _entry(author, earned.reason, f"import:{source}:vote:{earned.vote}") | {
        "delta": earned.delta,
        "withheld": earned.withheld,
        "question_id": question,
        "answer_id": answer,
        "at": as_moment(earned.at),
    }


def of_acceptance(acceptance_id: int, thread: Thread, asker: int | None) -> Iterator[Values]:
    """The entries of an acceptance, by the causes that withdrawing it here takes back; nothing for one's own answer."""
    author = thread.accepted_author
    if author is not None and author == asker:
        return
    about = {"question_id": thread.id, "answer_id": thread.accepted_id, "actor_id": asker, "at": thread.accepted_at}
    of_author, of_accepter = acceptance.causes(acceptance_id)
    if author is not None:
        yield _entry(author, "answer_accepted", of_author) | about
    if asker is not None:
        yield _entry(asker, "accepting", of_accepter) | about


def _entry(user: int, reason: str, cause: str) -> Values:
    return {"user_id": user, "reason": reason, "cause": cause, "delta": points.of(reason), "withheld": 0, "actor_id": None}


class Payroll:
    """Entries written, and what they add up to for each person until `settle`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._totals: dict[int, int] = defaultdict(int)

    def pay(self, entries: Iterable[Values]) -> int:
        """Write the entries whose cause has not been paid yet; returns how many there were."""
        wanted = {row["cause"]: row for row in entries}
        for cause in self._session.scalars(select(Entry.cause).where(Entry.cause.in_(wanted))):
            del wanted[cause]
        rows = list(wanted.values())
        tags = subjects.tags_of(self._session, {row["question_id"] for row in rows})
        for row in rows:
            row |= {"day": day_of(row["at"]), "tag_ids": keeping.written(tags.get(row["question_id"], ()))}
            self._totals[row["user_id"]] += row["delta"]
        keeping.add(self._session, [Movement(row["user_id"], row["day"], row["tag_ids"], row["delta"]) for row in rows])
        return write(self._session, Entry, rows)

    def settle(self) -> None:
        """Move the cached totals, in the order of people's ids, as every verb does."""
        users = table_of(User)
        moved = [{"person": person, "points": total} for person, total in sorted(self._totals.items()) if total]
        if moved:
            raised = update(users).where(users.c.id == bindparam("person"))
            self._session.execute(raised.values(reputation=users.c.reputation + bindparam("points")), moved)
        self._totals.clear()
