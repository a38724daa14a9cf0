"""Which of a question's tags count for somebody's expertise: a condition for every query that asks whether they may verify.

Whoever may edit could put the tag they are trusted in on any question, and verify there. So a tag that a person has put on a
question themselves does not count for them for SELF_ADDED_WAITS: time in which somebody else can take it off again.
"""

from datetime import datetime, timedelta

from sqlalchemy import BindParameter, ColumnElement, or_

from community.models import Expertise, QuestionTag

SELF_ADDED_WAITS = timedelta(days=7)
"""How long a tag that a person added to a question does not count for their own expertise."""


def counts(user_id: int | BindParameter[int], ripe: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Of a question's tag: it counts for this person. `ripe` is SELF_ADDED_WAITS before now."""
    return or_(
        QuestionTag.added_by_id.is_(None),
        QuestionTag.added_by_id != user_id,
        QuestionTag.added_at <= ripe,
    )


def trusted(user_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Of expertise and a question's tag: the person has it, it stands at `now`, and the tag counts for them."""
    return (
        Expertise.user_id == user_id,
        Expertise.expires_at > now,
        Expertise.tag_id == QuestionTag.tag_id,
        counts(user_id, now - SELF_ADDED_WAITS),
    )
