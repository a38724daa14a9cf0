"""Under which tags points count: those that the question has when they are paid, and what these were merged into."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import QuestionTag, Tag

PART = 500
"""How many ids one statement asks for."""


def tags_of(session: Session, question_ids: Collection[int]) -> dict[int, list[int]]:
    """The tags of questions, by the questions' ids; a merged tag is the one that took it over."""
    ids, found = sorted(question_ids), dict[int, list[int]]()
    for start in range(0, len(ids), PART):
        some = (
            select(QuestionTag.question_id, func.coalesce(Tag.merged_into_id, Tag.id))
            .join(Tag, Tag.id == QuestionTag.tag_id)
            .where(QuestionTag.question_id.in_(ids[start : start + PART]))
        )
        for question_id, tag_id in session.execute(some):
            found.setdefault(question_id, []).append(tag_id)
    return found


def leads_to(session: Session, tag_ids: Collection[int] | None) -> dict[int, int]:
    """Of these tags (None: of all) those that were merged, and into which."""
    merged = select(Tag.id, Tag.merged_into_id).where(Tag.merged_into_id.is_not(None))
    if tag_ids is not None:
        merged = merged.where(Tag.id.in_(tag_ids))
    return {tag_id: into_id for tag_id, into_id in session.execute(merged) if into_id is not None}
