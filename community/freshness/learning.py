"""How fast answers under each tag go wrong, learned every fortnight from what verifications found and from what lives
unverified."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db import db, transaction
from app.pages import TAGS, touch
from community.freshness import belief as model
from community.freshness.belief import Living, TagRate
from community.models import Answer, AnswerBelief, Question, QuestionTag, Tag

EVERY = timedelta(days=14)
BATCH = 2000
"""Questions whose rate one transaction writes."""


def learn(now: datetime) -> int:
    """Learn every tag's rate and give it to the questions under it; returns how many tags there are. The answers' dates follow
    in the next night, spread. Run twice it changes nothing more; killed between, the next run completes it."""
    rates, living = _sums(db.session())
    db.session.rollback()
    for tag_id, rate in sorted(model.learn_rates(rates, living).items()):
        with transaction() as session:
            session.execute(update(Tag).where(Tag.id == tag_id).values(change_rate=rate.lam, learned_at=now))
            touch(session, TAGS)
    last: int | None = 0
    while last is not None:
        last = _pass_on(last)
    return len(rates)


def _sums(session: Session) -> tuple[Mapping[int, TagRate], Mapping[int, Living]]:
    tags = session.execute(select(Tag.id, Tag.gone_wrong, Tag.right_days, Tag.change_rate))
    rates = {row.id: TagRate(row.gone_wrong, row.right_days, row.change_rate) for row in tags}
    doubt = func.sum(AnswerBelief.pi * AnswerBelief.hb / (AnswerBelief.hb + AnswerBelief.hr))
    by_tag = (
        select(QuestionTag.tag_id, doubt, func.sum(AnswerBelief.f))
        .join(Answer, Answer.question_id == QuestionTag.question_id)
        .join(AnswerBelief, AnswerBelief.answer_id == Answer.id)
        .where(Answer.removed_at.is_(None), AnswerBelief.hb + AnswerBelief.hr > 0)
        .group_by(QuestionTag.tag_id)
    )
    return rates, {row[0]: Living(row[1] or 0.0, row[2] or 0.0) for row in session.execute(by_tag)}


def _pass_on(after: int) -> int | None:
    """Give the next questions the fastest rate of their tags; returns the last of them, None at the end."""
    fastest = (
        select(func.max(Tag.change_rate))
        .join(QuestionTag, QuestionTag.tag_id == Tag.id)
        .where(QuestionTag.question_id == Question.id)
        .scalar_subquery()
    )
    with transaction() as session:
        page = select(Question.id).where(Question.id > after).order_by(Question.id).limit(BATCH)
        last = session.execute(select(func.max(page.subquery().c.id))).scalar()
        if last is not None:
            here = (Question.id > after, Question.id <= last, fastest.is_not(None), Question.change_rate != fastest)
            # Held in the order of their ids, as everybody holds them: an UPDATE takes rows as they lie.
            held = select(Question.id).where(*here).order_by(Question.id).with_for_update(key_share=True, of=Question)
            ids = session.scalars(held).all()
            pass_on = update(Question).where(Question.id.in_(ids)).values(change_rate=fastest)
            session.execute(pass_on, execution_options={"synchronize_session": False})
    return last
