"""Two tags become one: the questions of the first get the second, whose name the first one's leads to from then on.

The tags' rows are changed first, in one transaction, so that nothing new comes under the first; its questions follow in batches.
Killed anywhere, a job goes on, or merging again does. No answer's date is moved: what their new tags ask holds from the next
verification, and a night brings forward what is late by it, spread.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db, insert_into, transaction
from app.errors import Conflict, Invalid, NotFound
from app.pages import RELEASES, TAGS, touch
from community import policy, reach, tags
from community.boards import merging
from community.freshness import arms
from community.models import Expertise, ExpertiseSuggestion, Question, QuestionTag, ReleaseTag, Tag
from community.moderation import audit
from reputation.badges import book
from reputation.badges.rules import RULES

BATCH = 200
"""Questions that one transaction moves."""


def merge(tag_id: int, into_id: int, *, by: User | None, now: datetime, batch: int = BATCH) -> int:
    """Merge a tag into another; returns how many questions were moved now. `by` None: the command line.

    What the first has learned is added to the second, its experts are experts of the second, to the longer end; releases that
    concern it concern the second. Raises NotFound; Invalid for a tag into itself, or into one that was merged; Conflict where it
    was merged into another one before.
    """
    with transaction() as session:
        if by is not None:
            policy.require(by, "set_policy", None, now)
        both = (tag_id, into_id)
        held = select(Tag).where(Tag.id.in_(both)).order_by(Tag.id).with_for_update()
        found = {tag.id: tag for tag in session.scalars(held.execution_options(populate_existing=True))}
        if len(found) < len(set(both)):
            raise NotFound("There is no such tag.")
        tag, into = found[tag_id], found[into_id]
        _check(tag, into)
        if tag.merged_into_id is None:
            _carry_over(session, tag, into, now)
            audit.record(session, by, "tag.merged", now, tag_id=tag_id, reason=f"into {into.name}", into_id=into_id)
        touch(session, TAGS, RELEASES)
    moved = 0
    while here := _move(tag_id, into_id, batch, now):
        moved += here
    merging.follow(tag_id)
    return moved


def go_on(now: datetime) -> int:
    """Move what is still under tags that were merged: where a merger was killed, or somebody asked under the first tag in that
    very moment. Returns how many questions."""
    left = exists().where(QuestionTag.tag_id == Tag.id)
    wanted = select(Tag.id, Tag.merged_into_id).where(Tag.merged_into_id.is_not(None), left).order_by(Tag.id)
    behind = db.session.execute(wanted).all()
    db.session.rollback()
    moved = 0
    for tag_id, into_id in behind:
        while into_id is not None and (here := _move(tag_id, into_id, BATCH, now)):
            moved += here
    for tag_id in merging.left():
        merging.follow(tag_id)
    return moved


def find(name: str) -> int:
    """The tag of this name. Raises NotFound."""
    found = db.session.execute(select(Tag.id).where(Tag.name == name.strip().lower())).scalar()
    if found is None:
        raise NotFound(f"There is no tag “{name[:60]}” here.")
    return found


def _check(tag: Tag, into: Tag) -> None:
    if tag.id == into.id:
        raise Invalid({"into": "Choose another tag: these are the same."})
    if into.merged_into_id is not None:
        raise Invalid({"into": f"“{into.name}” was merged itself; choose the tag that it leads to."})
    if tag.merged_into_id not in (None, into.id):
        raise Conflict(f"“{tag.name}” was merged into another tag already.")


def _carry_over(session: Session, tag: Tag, into: Tag, now: datetime) -> None:
    """Everything but the questions; once."""
    tag.merged_into_id = into.id
    into.gone_wrong, into.right_days = into.gone_wrong + tag.gone_wrong, into.right_days + tag.right_days
    tag.gone_wrong = tag.right_days = 0.0
    if tag.freshness == "permanent":
        arms.keep(session, tag.id, False, now)
        tag.freshness, tag.permanent_until = "belief", None
    session.execute(update(Tag).where(Tag.merged_into_id == tag.id).values(merged_into_id=into.id))
    of_a_tag = [rule.name for rule in RULES.values() if rule.each == "tag"]
    book.rename(session, of_a_tag, f"tag:{tag.id}", f"tag:{into.id}", into.name)
    theirs = select(Expertise).where(Expertise.tag_id.in_((tag.id, into.id))).order_by(Expertise.user_id).with_for_update()
    standing = {(row.user_id, row.tag_id): row for row in session.scalars(theirs.execution_options(populate_existing=True))}
    for (user_id, of_tag), row in standing.items():
        if of_tag != tag.id:
            continue
        other = standing.get((user_id, into.id))
        if other is None:
            row.tag_id = into.id
        else:
            other.expires_at = max(other.expires_at, row.expires_at)
            session.delete(row)
    of_tag_before = update(ExpertiseSuggestion).where(ExpertiseSuggestion.tag_id == tag.id)
    waiting = of_tag_before.where(ExpertiseSuggestion.outcome.is_(None))
    session.execute(waiting.values(outcome="rejected", decided_at=now, reason=f"merged into {into.name}"))
    # What moderators ended stays ended under the other name.
    session.execute(of_tag_before.where(ExpertiseSuggestion.outcome == "withdrawn").values(tag_id=into.id))
    concern = session.scalars(select(ReleaseTag.release_id).where(ReleaseTag.tag_id == tag.id)).all()
    if concern:
        rows = [{"release_id": release_id, "tag_id": into.id} for release_id in concern]
        session.execute(insert_into(session, ReleaseTag).values(rows).on_conflict_do_nothing())
        session.execute(delete(ReleaseTag).where(ReleaseTag.tag_id == tag.id))


def _move(tag_id: int, into_id: int, batch: int, now: datetime) -> int:
    wanted = select(QuestionTag.question_id).where(QuestionTag.tag_id == tag_id).order_by(QuestionTag.question_id).limit(batch)
    ids = db.session.scalars(wanted).all()
    db.session.rollback()
    if not ids:
        return 0
    with transaction() as session:
        held = select(Question).where(Question.id.in_(ids)).order_by(Question.id).with_for_update(key_share=True)
        questions = session.scalars(held.execution_options(populate_existing=True)).all()
        had = select(QuestionTag.question_id).where(QuestionTag.tag_id == into_id, QuestionTag.question_id.in_(ids))
        both = set(session.scalars(had))
        of_these = (QuestionTag.tag_id == tag_id, QuestionTag.question_id.in_(ids))
        twice = delete(QuestionTag).where(*of_these, QuestionTag.question_id.in_(both))
        gone = len(session.execute(twice.returning(QuestionTag.question_id)).all())
        others = update(QuestionTag).where(*of_these).values(tag_id=into_id)
        moved = len(session.execute(others.returning(QuestionTag.question_id)).all())
        for one, change in sorted(((tag_id, -(gone + moved)), (into_id, moved))):
            tags.count(session, [one], change)
        _follow(session, questions)
        reach.changed_all(session, questions, now)
        touch(session, TAGS)
        return gone + moved


def _follow(session: Session, questions: Sequence[Question]) -> None:
    """The questions ask what their tags now ask together. Their answers' dates stay."""
    found: dict[int, list[Tag]] = {question.id: [] for question in questions}
    pairs = select(QuestionTag.question_id, Tag).join(Tag, Tag.id == QuestionTag.tag_id)
    rows = session.execute(pairs.where(QuestionTag.question_id.in_(found)).execution_options(populate_existing=True))
    for question_id, tag in rows:
        found[question_id].append(tag)
    for question in questions:
        tags.apply(question, tags.strictest(found[question.id]))
