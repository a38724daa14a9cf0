"""Asking: the verbs of a question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from flask import current_app
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Invalid, TooMany
from app.outbox import emit
from app.pages import question_key, touch
from community import interest, mentions, policy, reach, tags, texts
from community.freshness import counting
from community.models import Answer, Question, QuestionTag, Tag

T = TypeVar("T")


@dataclass(frozen=True)
class _Typed:
    """What was typed into the form of a question, checked and ready to be stored."""

    title: str
    text: texts.Text
    tags: list[Tag]
    product: str
    release: str


def ask(
    *,
    title: str,
    body: str,
    tags_text: str = "",
    product: str = "",
    release: str = "",
    by: User,
    now: datetime,
) -> int:
    """Ask a question; returns its id. The asker follows it.

    Refuses people who may not ask and more posts an hour than the limit; raises Invalid for what cannot be taken (fields title,
    body, tags, product, release, all of them at once).
    """
    with transaction() as session:
        policy.require(by, "ask", None, now)
        refuse_flood(session, by, now)
        typed = _read(session, title, body, tags_text, product, release, by, now)
        question = Question(
            title=typed.title,
            product=typed.product,
            release=typed.release,
            author_id=by.id,
            created_at=now,
            activity_at=now,
            revision_count=1,
        )
        tags.apply(question, tags.strictest(typed.tags))
        texts.apply(question, typed.text)
        session.add(question)
        session.flush()
        _set_tags(session, question, typed.tags)
        texts.keep_revision(session, question, by, "", [tag.name for tag in typed.tags], now)
        interest.start_following(session, question, by.id, now)
        mentions.tell(session, typed.text, by, now, question_id=question.id)
        emit(session, "question.asked", now, question_id=question.id)
        reach.changed(session, question, now)
        return question.id


def edit(
    question_id: int,
    *,
    title: str,
    body: str,
    tags_text: str,
    product: str = "",
    release: str = "",
    summary: str = "",
    revision: int | None = None,
    by: User,
    now: datetime,
) -> bool:
    """Change a question; every version is kept. Returns False when nothing is different.

    `revision`: the number of the version the editor saw; Conflict when somebody has edited since. Changing tags never resets the
    dates of its answers: a stricter policy counts from their next verification.
    """
    with transaction() as session:
        question = reach.question(session, question_id)
        policy.require(by, "edit", reach.subject_of(question, question), now)
        refuse_stale(question, revision)
        return change(
            session,
            question,
            title=title,
            body=body,
            tags_text=tags_text,
            product=product,
            release=release,
            summary=summary,
            by=by,
            now=now,
        )


def change(
    session: Session,
    question: Question,
    *,
    title: str,
    body: str,
    tags_text: str,
    product: str,
    release: str,
    summary: str,
    by: User,
    now: datetime,
) -> bool:
    """Inside a verb: put what was typed into the question as its next version, which `by` wrote. False when nothing is different.

    Raises Invalid for what cannot be taken. Whether `by` may is not asked here.
    """
    typed = _read(session, title, body, tags_text, product, release, by, now)
    clean_summary = texts.line(summary, "summary", "The summary", texts.LONGEST_TITLE)
    before = tags.of_question(session, question.id)
    same_text = (question.title, question.body_source) == (typed.title, typed.text.source)
    same_facts = (question.product, question.release) == (typed.product, typed.release)
    if same_text and same_facts and [tag.id for tag in before] == [tag.id for tag in typed.tags]:
        return False
    question.title, question.product, question.release = typed.title, typed.product, typed.release
    texts.apply(question, typed.text)
    question.edited_at, question.edited_by_id = now, by.id
    question.activity_at = max(question.activity_at, now)
    question.revision_count += 1
    if [tag.id for tag in before] != [tag.id for tag in typed.tags]:
        # Only then: what a changed policy asks comes with the dates it moves (`freshness.policies`).
        _set_tags(session, question, typed.tags, before, by=by, now=now)
        tags.apply(question, tags.strictest(typed.tags))
    texts.keep_revision(session, question, by, clean_summary, [tag.name for tag in typed.tags], now)
    mentions.tell(session, typed.text, by, now, question_id=question.id)
    reach.changed(session, question, now)
    return True


def store_related(question_id: int, related_ids: Sequence[int]) -> None:
    """Keep what search found to be related, most related first. Nothing happens when the question is gone."""
    with transaction() as session:
        related = [{"id": other} for other in related_ids if other != question_id]
        question = session.get(Question, question_id)
        if question is not None and question.related != related:
            session.execute(update(Question).where(Question.id == question_id).values(related=related))
            touch(session, question_key(question_id))


def count_views(counts: Mapping[int, int], *, now: datetime | None = None) -> None:
    """Add views, counted beside the pages, in one transaction. Stored pages stay as they are: the number may lag a little.

    `now`: the readers came just now, so the views count for this day too, by what was found there (`freshness.counting`). None:
    views of former times, as an import or a demo brings them.
    """
    with transaction() as session:
        tally = counting.Tally(now) if now is not None else None
        for question_id in sorted(counts):
            add = (
                update(Question)
                .where(Question.id == question_id)
                .values(views=Question.views + counts[question_id])
                .returning(Question.lead_best_before_at, Question.lead_expires_at, Question.freshness)
            )
            for seen in session.execute(add, execution_options={"synchronize_session": False}):
                if tally is not None:
                    tally.add(seen, counts[question_id])
        if tally is not None:
            tally.write(session)


def refuse_flood(session: Session, by: User, now: datetime) -> None:
    """Raise TooMany when the person has written as many questions and answers in the last hour as the setting allows."""
    limit = current_app.config["SETTINGS"].posts_per_hour
    since = now - timedelta(hours=1)
    asked = select(func.count()).select_from(Question).where(Question.author_id == by.id, Question.created_at > since)
    answered = select(func.count()).select_from(Answer).where(Answer.author_id == by.id, Answer.created_at > since)
    if session.execute(select(asked.scalar_subquery() + answered.scalar_subquery())).scalar_one() >= limit:
        raise TooMany(f"You have written {limit} posts in the last hour, which is the most at once. Try again later.")


def refuse_stale(post: Question | Answer, revision: int | None) -> None:
    """Raise Invalid when the post was edited since the version the editor saw; what they typed stays in the form."""
    if revision is not None and revision != post.revision_count:
        raise Invalid(
            {"body": "Somebody has edited this since you opened it. Look at the newest version and bring your change into it."}
        )


def _read(session: Session, title: str, body: str, tags_text: str, product: str, release: str, by: User, now: datetime) -> _Typed:
    """Check what was typed. Raises Invalid for everything that cannot be taken, all of it at once."""
    wrong: dict[str, str] = {}
    clean_title = _try(wrong, lambda: texts.line(title, "title", "The title", texts.LONGEST_TITLE, texts.SHORTEST_TITLE))
    text = _try(wrong, lambda: texts.body(session, body))
    names = _try(wrong, lambda: tags.parse_names(tags_text))
    clean_product = _try(wrong, lambda: texts.line(product, "product", "The product", texts.LONGEST_PRODUCT))
    clean_release = _try(wrong, lambda: texts.line(release, "release", "The release", texts.LONGEST_PRODUCT))
    found = _try(wrong, lambda: tags.find_or_create(session, names or [], by, now))
    if wrong or clean_title is None or text is None or found is None:
        raise Invalid(wrong)
    return _Typed(clean_title, text, found, clean_product or "", clean_release or "")


def _try(wrong: dict[str, str], check: Callable[[], T]) -> T | None:
    """What `check` gives; when it refuses, None, and its words join the others, so that a person hears of everything at once."""
    try:
        return check()
    except Invalid as error:
        wrong.update(error.fields)
        return None


def _set_tags(
    session: Session,
    question: Question,
    found: Sequence[Tag],
    before: Sequence[Tag] = (),
    *,
    by: User | None = None,
    now: datetime | None = None,
) -> None:
    """Give the question these tags. Of what an edit adds it is kept who did, and when; what was there keeps whose it was."""
    old, new = {tag.id for tag in before}, {tag.id for tag in found}
    if [tag.id for tag in before] != [tag.id for tag in found]:
        whose = {tag.id: (by.id if by else None, now) for tag in found}
        for link in session.scalars(select(QuestionTag).where(QuestionTag.question_id == question.id)):
            whose[link.tag_id] = (link.added_by_id, link.added_at)
            session.delete(link)
        session.flush()
        for place, tag in enumerate(found):
            by_id, at = whose[tag.id]
            link = QuestionTag(question_id=question.id, tag_id=tag.id, position=place, added_by_id=by_id, added_at=at)
            session.add(link)
    tags.count(session, new - old, 1)
    tags.count(session, old - new, -1)
