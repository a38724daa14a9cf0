"""The moderators' page of suggested experts, and what was decided lately."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.accounts.models import User
from app.db import db
from community.models import ExpertiseSuggestion, Tag
from community.queries.addresses import tag_url
from community.queries.shared import Person, person

PER_PAGE = 40
DECIDED_SHOWN = 20

OUTCOMES = {
    "confirmed": "made an expert",
    "automatic": "made an expert without a moderator’s word",
    "rejected": "refused",
    "withdrawn": "ended by a moderator",
}
"""What came of a suggestion, in words."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody who qualifies, or a suggestion that was decided."""

    id: int
    person: Person
    tag: str
    tag_url: str
    points: int
    judged: int
    right: int
    at: datetime
    outcome: str
    """In words; "" while it waits."""
    decided_by: str
    decided_at: datetime | None
    reason: str

    @property
    def accuracy(self) -> int:
        """Per cent."""
        return round(100 * self.right / self.judged) if self.judged else 0


@dataclass(frozen=True, slots=True)
class ExpertsPage:
    """What waits (longest first), how much that is in all, and what was decided lately."""

    waiting: tuple[Suggestion, ...]
    count: int
    decided: tuple[Suggestion, ...]


def experts_page() -> ExpertsPage:
    """The page: three statements."""
    count = select(func.count()).select_from(ExpertiseSuggestion).where(ExpertiseSuggestion.outcome.is_(None))
    return ExpertsPage(
        _read(waiting=True),
        db.session.execute(count).scalar_one(),
        _read(waiting=False),
    )


def _read(*, waiting: bool) -> tuple[Suggestion, ...]:
    decider = select(User.id, User.name).subquery("decider")
    found = (
        select(
            ExpertiseSuggestion,
            User.id.label("user_id"),
            User.name,
            User.avatar_url,
            User.role,
            User.reputation,
            Tag.name.label("tag"),
            decider.c.name.label("decider"),
        )
        .join(User, User.id == ExpertiseSuggestion.user_id)
        .join(Tag, Tag.id == ExpertiseSuggestion.tag_id)
        .outerjoin(decider, decider.c.id == ExpertiseSuggestion.decided_by_id)
    )
    if waiting:
        found = found.where(ExpertiseSuggestion.outcome.is_(None)).order_by(ExpertiseSuggestion.id).limit(PER_PAGE)
    else:
        found = found.where(ExpertiseSuggestion.outcome.is_not(None))
        found = found.order_by(ExpertiseSuggestion.decided_at.desc(), ExpertiseSuggestion.id.desc()).limit(DECIDED_SHOWN)
    return tuple(
        Suggestion(
            row.ExpertiseSuggestion.id,
            person(row.user_id, row.name, row.avatar_url, row.role, row.reputation),
            row.tag,
            tag_url(row.tag),
            row.ExpertiseSuggestion.points,
            row.ExpertiseSuggestion.judged,
            row.ExpertiseSuggestion.right,
            row.ExpertiseSuggestion.at,
            OUTCOMES.get(row.ExpertiseSuggestion.outcome or "", ""),
            row.decider or "",
            row.ExpertiseSuggestion.decided_at,
            row.ExpertiseSuggestion.reason,
        )
        for row in db.session.execute(found)
    )
