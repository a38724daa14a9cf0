"""Suggested edits: who may not edit without review suggests a whole new text; who may edit takes it or not."""

from datetime import datetime, timedelta

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from app import rendering
from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from app.outbox import emit
from community import answers, policy, questions, reach, tags, texts
from community.models import Answer, Question, SuggestedEdit, Tag
from reputation import ledger
from reputation.ledger import Posting

OPEN_AT_ONCE = 5
"""How many suggestions of one person can wait at once."""
A_DAY = 20
"""How many one person can make in a day."""
REFUSED_A_WEEK = 5
"""After so many refusals in a week somebody waits before suggesting more."""


def suggest_question(
    question_id: int, *, title: str, body: str, tags_text: str, summary: str, revision: int | None, by: User, now: datetime
) -> int:
    """Suggest another title, text or tags for a question; returns the suggestion's id. One's earlier suggestion for it gives way.

    Refuses who may edit it anyway, more than the limits, and a version that is not the newest (Invalid). Only known tags.
    """
    with transaction() as session:
        question = reach.question(session, question_id)
        policy.require(by, "suggest_edit", reach.subject_of(question, question), now)
        questions.refuse_stale(question, revision)
        clean_title = texts.line(title, "title", "The title", texts.LONGEST_TITLE, texts.SHORTEST_TITLE)
        text, names = texts.body(session, body).source, tags.parse_names(tags_text)
        _refuse_new_tags(session, names)
        before = [tag.name for tag in tags.of_question(session, question_id)]
        if (clean_title, text, names) == (question.title, _source(question), before):
            raise Invalid({"body": "Nothing is different yet."})
        new = SuggestedEdit(question_id=question_id, title=clean_title, body_source=text, tags=" ".join(names))
        return _enter(session, new, question, summary, by, now)


def suggest_answer(answer_id: int, *, body: str, summary: str, revision: int | None, by: User, now: datetime) -> int:
    """Suggest another text for an answer; as for a question."""
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        policy.require(by, "suggest_edit", reach.subject_of(answer, question), now)
        questions.refuse_stale(answer, revision)
        text = texts.body(session, body).source
        if text == _source(answer):
            raise Invalid({"body": "Nothing is different yet."})
        new = SuggestedEdit(question_id=question.id, answer_id=answer_id, body_source=text)
        return _enter(session, new, answer, summary, by, now)


def approve(suggestion_id: int, *, by: User, now: datetime) -> None:
    """Make the change, in its author's name, and pay them. For who may edit the post, its own author included.

    Raises Conflict when it is decided already, or when the post has changed since: then nothing is lost, and the suggestion waits
    until its author brings it up to date or somebody refuses it.
    """
    with transaction() as session:
        found, post, question = _reach(session, suggestion_id)
        _require(found, post, question, by, now)
        if post.revision_count != found.revision:
            raise Conflict("The post has changed since this was suggested, so it cannot be taken as it is. Nothing is lost.")
        author = session.get_one(User, found.author_id)
        _decide(session, found, "approved", "", by, now)
        if isinstance(post, Answer):
            answers.change(session, post, question, body=found.body_source, summary=found.summary, by=author, now=now)
        else:
            questions.change(
                session,
                post,
                title=found.title,
                body=found.body_source,
                tags_text=found.tags,
                product=post.product,
                release=post.release,
                summary=found.summary,
                by=author,
                now=now,
            )
        about = {"actor_id": by.id, "question_id": question.id, "answer_id": found.answer_id}
        ledger.post(session, [Posting(author.id, "edit_approved", f"edit:{found.id}", **about)], now)
        emit(session, "edit.decided", now, suggestion_id=found.id)


def reject(suggestion_id: int, *, reason: str, by: User, now: datetime) -> None:
    """Do not take it; its author is told the reason. Raises Invalid without one, Conflict when it is decided already."""
    with transaction() as session:
        found, post, question = _reach(session, suggestion_id)
        _require(found, post, question, by, now)
        _decide(session, found, "rejected", texts.note(reason, "reason", "The reason", required=True), by, now)
        emit(session, "edit.decided", now, suggestion_id=found.id)


def withdraw(suggestion_id: int, *, by: User, now: datetime) -> None:
    """Take one's own suggestion back. Raises Forbidden for somebody else's, Conflict when it is decided already."""
    with transaction() as session:
        found, _, _ = _reach(session, suggestion_id)
        if found.author_id != by.id:
            raise Forbidden("Only who suggested it can take it back.")
        _decide(session, found, "withdrawn", "", by, now)


def _source(post: Question | Answer) -> str:
    """The post's text as its editor gets it: an imported one as Markdown."""
    source = rendering.html_to_markdown(post.body_source) if post.body_format == "html" else post.body_source
    return source.strip("\n").rstrip()


def _reach(session: Session, suggestion_id: int) -> tuple[SuggestedEdit, Question | Answer, Question]:
    """The suggestion with its post, the question's row held. Raises NotFound, and Gone when the post is removed."""
    found = session.get(SuggestedEdit, suggestion_id)
    if found is None:
        raise NotFound("There is no such suggestion.")
    if found.answer_id is not None:
        answer, question = reach.answer(session, found.answer_id)
        return found, answer, question
    question = reach.question(session, found.question_id)
    return found, question, question


def _require(found: SuggestedEdit, post: Question | Answer, question: Question, by: User, now: datetime) -> None:
    policy.require(by, "edit", reach.subject_of(post, question), now)
    if found.author_id == by.id:
        raise Forbidden("Somebody else decides about what you suggested.")


def _decide(session: Session, found: SuggestedEdit, outcome: str, reason: str, by: User, now: datetime) -> None:
    """Of several who decide at once, one does."""
    decided = session.execute(
        update(SuggestedEdit)
        .where(SuggestedEdit.id == found.id, SuggestedEdit.outcome.is_(None))
        .values(outcome=outcome, reason=reason, decided_by_id=by.id, decided_at=now)
        .returning(SuggestedEdit.id)
    ).first()
    if decided is None:
        raise Conflict("Somebody has decided about this already.")


def _enter(session: Session, new: SuggestedEdit, post: Question | Answer, summary: str, by: User, now: datetime) -> int:
    new.summary = texts.line(summary, "summary", "What you changed", texts.LONGEST_TITLE, 1)
    same_post = (
        SuggestedEdit.author_id == by.id,
        SuggestedEdit.question_id == new.question_id,
        SuggestedEdit.answer_id.is_(None) if new.answer_id is None else SuggestedEdit.answer_id == new.answer_id,
    )
    # The question is held, so nobody suggests for it twice at once; limits are counted with one's own row held.
    ledger.lock_people(session, [by.id])
    session.execute(
        update(SuggestedEdit)
        .where(*same_post, SuggestedEdit.outcome.is_(None))
        .values(outcome="replaced", decided_by_id=by.id, decided_at=now)
    )
    _refuse_too_many(session, by, now)
    new.author_id, new.revision, new.at = by.id, post.revision_count, now
    session.add(new)
    session.flush()
    emit(session, "edit.suggested", now, suggestion_id=new.id)
    return new.id


def _refuse_too_many(session: Session, by: User, now: datetime) -> None:
    # With a post that is removed nobody decides about what was suggested for it, its author included.
    on_a_page = Question.removed_at.is_(None) & Answer.removed_at.is_(None)
    waiting, today, refused = session.execute(
        select(
            func.coalesce(func.sum(case((SuggestedEdit.outcome.is_(None) & on_a_page, 1), else_=0)), 0),
            func.coalesce(func.sum(case((SuggestedEdit.at > now - timedelta(days=1), 1), else_=0)), 0),
            func.coalesce(
                func.sum(case(((SuggestedEdit.outcome == "rejected") & (SuggestedEdit.decided_at > now - timedelta(days=7)), 1))),
                0,
            ),
        )
        .join(Question, Question.id == SuggestedEdit.question_id)
        .outerjoin(Answer, Answer.id == SuggestedEdit.answer_id)
        .where(SuggestedEdit.author_id == by.id)
    ).one()
    if waiting >= OPEN_AT_ONCE:
        raise TooMany(f"{OPEN_AT_ONCE} of your suggestions wait for a decision, which is the most at once.")
    if today >= A_DAY:
        raise TooMany(f"You have suggested {A_DAY} edits in a day, which is the most. Come back tomorrow.")
    if refused >= REFUSED_A_WEEK:
        raise TooMany(f"{REFUSED_A_WEEK} of your suggestions were refused this week. Read the reasons, and come back next week.")


def _refuse_new_tags(session: Session, names: list[str]) -> None:
    known = set(session.scalars(select(Tag.name).where(Tag.name.in_(names)))) if names else set()
    missing = [name for name in names if name not in known]
    if missing:
        raise Invalid({"tags": f"There is no tag “{missing[0]}” here. Suggest tags that there are."})
