"""What a reader's word needs of an answer: numbers that a button shows after it was pressed, and the page to say more on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.accounts.models import User
from app.db import db
from app.errors import Gone, NotFound
from app.rendering import excerpt
from community import policy
from community.freshness.outdated import sounds_outdated
from community.models import Answer, Comment, Question, QuestionTag, Release, ReleaseTag, Signal
from community.queries.addresses import answer_url, comment_url

RELEASES_OFFERED = 12
"""How many releases a field suggests, latest first."""


@dataclass(frozen=True)
class Signals:
    """What readers say of an answer."""

    works: int
    broken: int


@dataclass(frozen=True)
class WordPage:
    """Where a reader says more about their word."""

    answer_id: int
    title: str
    url: str
    said: bool
    """Their word counts already, as far as one may know: what a visitor said is told to nobody, so it is taken for granted."""
    kind: str
    release: str
    note: str
    releases: tuple[str, ...]
    """What the field for the release suggests."""


@dataclass(frozen=True)
class ReportOffer:
    """A comment that sounds as if its answer is out of date, and the report it could be."""

    answer_id: int
    comment_url: str
    title: str
    excerpt: str
    note: str


def signals_of(answer_id: int) -> Signals:
    """How many say it works, and how many that it no longer does. Raises NotFound."""
    row = db.session.execute(select(Answer.works_count, Answer.broken_count).where(Answer.id == answer_id)).first()
    if row is None:
        raise NotFound("There is no such answer.")
    return Signals(row.works_count, row.broken_count)


def word_page(answer_id: int, kind: str, viewer: User | None, now: datetime) -> WordPage:
    """The answer, the releases it may be about, and of who is signed in what they said: two statements. What a visitor said is
    told to nobody. Raises NotFound and Gone, and Forbidden for who may not say anything."""
    mine = (Signal.answer_id == Answer.id) & (Signal.round == Answer.round) & (Signal.user_id == (viewer.id if viewer else 0))
    row = db.session.execute(
        select(
            *(Question.id, Question.title, Question.release.label("asked_on"), Answer.author_id, Answer.verified_on),
            *(Answer.removed_at, Question.removed_at.label("question_removed_at")),
            *(Signal.kind, Signal.release, Signal.note),
        )
        .select_from(Answer)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(Signal, mine)
        .where(Answer.id == answer_id)
    ).first()
    if row is None:
        raise NotFound("There is no such answer.")
    if row.removed_at or row.question_removed_at:
        raise Gone("This answer has been removed.")
    policy.require(viewer, "signal", policy.Subject(author_id=row.author_id), now)
    concerned = select(ReleaseTag.release_id).join(QuestionTag, QuestionTag.tag_id == ReleaseTag.tag_id)
    concerned = concerned.where(QuestionTag.question_id == row.id)
    announced = db.session.scalars(
        select(Release.name)
        .where(Release.id.in_(concerned), Release.on_day <= now.date(), Release.cancelled_at.is_(None))
        .order_by(Release.on_day.desc(), Release.id.desc())
        .limit(RELEASES_OFFERED)
    )
    said = row.kind in ("works", "broken")
    return WordPage(
        answer_id=answer_id,
        title=row.title,
        url=answer_url(row.id, row.title, answer_id),
        said=said or viewer is None,
        kind=row.kind if said else kind if kind in ("works", "broken") else "broken",
        release=row.release if said else "",
        note=row.note if said else "",
        releases=tuple(dict.fromkeys(name for name in (*announced, row.asked_on, row.verified_on) if name)),
    )


def report_offer(comment_id: int, viewer: User | None, now: datetime) -> ReportOffer | None:
    """What to offer the writer of a comment on an answer that sounds as if the answer is out of date; one statement. None where
    it does not, or where they cannot report: their own answer, an archived one, or one they have reported in this round."""
    if viewer is None:
        return None
    reported = (Signal.answer_id == Answer.id) & (Signal.round == Answer.round) & (Signal.user_id == viewer.id)
    row = db.session.execute(
        select(
            *(Comment.question_id, Comment.body_source, Comment.body_html, Question.title),
            *(Answer.id, Answer.author_id, Signal.kind),
        )
        .select_from(Comment)
        .join(Answer, Answer.id == Comment.answer_id)
        .join(Question, Question.id == Comment.question_id)
        .outerjoin(Signal, reported)
        .where(Comment.id == comment_id, Comment.author_id == viewer.id, Comment.removed_at.is_(None))
        .where(Answer.removed_at.is_(None), Answer.archived_at.is_(None), Question.removed_at.is_(None))
    ).first()
    if row is None or row.kind == "broken" or not sounds_outdated(row.body_source):
        return None
    if not policy.can(viewer, "signal", policy.Subject(author_id=row.author_id), now):
        return None
    words, url = excerpt(row.body_html, 160), comment_url(row.question_id, row.title, comment_id)
    return ReportOffer(row.id, url, row.title, words, f"“{words}” (in a comment: {url})")


def followers_of(question_id: int) -> int:
    """How many follow a question. Raises NotFound."""
    count = db.session.execute(select(Question.follower_count).where(Question.id == question_id)).scalar()
    if count is None:
        raise NotFound("There is no such question.")
    return count
