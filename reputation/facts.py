"""What the audit asks about causes: the floor above says what is, the ledger says what was paid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from reputation.posting import Posting


@dataclass(frozen=True, slots=True)
class Paid:
    """What stands in the ledger for a cause: the number of its first entry, whom it paid and what it is about."""

    entry_id: int
    cause: str
    user_id: int
    question_id: int | None
    answer_id: int | None

    @property
    def parts(self) -> list[str]:
        """The cause's parts, as ["vote", "17", "author"]."""
        return self.cause.split(":")


class Checker(Protocol):
    """Knows one kind of cause, as "vote"."""

    def standing(self, session: Session, paid: Sequence[Paid]) -> set[str]:
        """Those of the causes that exist and stand today: not withdrawn, not undone, their post not removed."""
        ...

    def owed(self, session: Session) -> Iterator[Sequence[Posting]]:
        """What has to be paid whatever else happened, some at a time; what was paid already may be left out. Nothing, where that
        depends on more than the cause itself."""
        ...


def kind_of(cause: str) -> str:
    """What a cause begins with."""
    return cause.partition(":")[0]


Checkers = Mapping[str, Checker]
