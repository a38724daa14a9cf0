"""What the pages about fairness show: findings, decisions, verifiers, lines."""

from dataclasses import dataclass
from datetime import datetime

from community.queries.shared import Person


@dataclass(frozen=True, slots=True)
class Row:
    """A finding."""

    id: int
    url: str
    words: str
    """What kind it is."""
    reason: str
    state: str
    status: str
    score: float
    """How unlikely by chance; shown to admins."""
    by: tuple[Person, ...]
    to: tuple[Person, ...]
    same: bool
    """The same people on both sides."""
    acts: int
    found_at: datetime
    decided_at: datetime | None
    decided_by: str
    """"" where it was reversed without a moderator."""
    decided_reason: str
    appealed_at: datetime | None
    appealed_by: str
    appeal: str
    answered_at: datetime | None
    answer: str

    @property
    def may_appeal(self) -> bool:
        return self.status == "reversed" and self.appealed_at is None

    @property
    def waits_for_answer(self) -> bool:
        return self.status == "reversed" and self.appealed_at is not None and self.answered_at is None


@dataclass(frozen=True, slots=True)
class Careless:
    """A verifier whose checks miss too often."""

    person: Person
    missed: int
    of: int
    warned_at: datetime | None
    paused_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """What moderators decide, and what was decided lately."""

    appeals: tuple[Row, ...]
    open: tuple[Row, ...]
    lately: tuple[Row, ...]
    careless: tuple[Careless, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """One vote or acceptance of a finding."""

    what: str
    by: Person
    to: Person
    title: str
    url: str
    at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class FindingPage:
    """A finding, its numbers in words, and where somebody has asked for them its votes."""

    row: Row
    evidence: tuple[tuple[str, str], ...]
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class MyPage:
    """What was found about a person, as they see it: never who else."""

    rows: tuple[Row, ...]
    warned_at: datetime | None
    paused_at: datetime | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """A kind's lines: the site's, and the usual ones."""

    kind: str
    words: str
    low: float
    high: float
    usual_low: float
    usual_high: float
