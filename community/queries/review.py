"""The review page: one answer to check, why now, and what follows if it is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup
from sqlalchemy import func, select

from app.accounts.models import User
from app.db import db
from app.rendering.stored import stored
from community import lifecycle
from community.freshness import queue
from community.models import Answer, Question, QuestionTag, Signal, Tag, Verification
from community.queries.addresses import answer_url, tag_url
from community.queries.shared import Freshness, Person, day, freshness, person

RECENT = timedelta(days=30)
SIGNALS_SHOWN = 5
LATEST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Word:
    """What a reader said of the answer since its last check."""

    kind: str
    at: datetime
    note: str
    release: str
    person: Person | None


@dataclass(frozen=True, slots=True)
class Check:
    """An earlier check."""

    at: datetime
    verdict: str
    person: Person
    release: str
    note: str


@dataclass(frozen=True, slots=True)
class Item:
    """The answer to check, with its question."""

    answer_id: int
    round: int
    title: str
    url: str
    tags: tuple[tuple[str, str], ...]
    product: str
    question_html: Markup
    html: Markup
    source: str
    author: Person
    posted_at: datetime
    accepted: bool
    freshness: Freshness
    views: int
    why: tuple[str, ...]
    """Why it is up now, in words."""
    good_for_days: int
    good_until: datetime
    verifiers_needed: int
    agreed: int
    words: tuple[Word, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """What the page shows. `item` None: nothing waits for this person."""

    item: Item | None
    waiting: int
    checks: int
    finds: int
    releases: tuple[str, ...]
    skipped: tuple[int, ...]
    """What the person has put aside; the address of "skip" carries it on."""


def review_page(by: User, now: datetime, wanted: int | None = None, skip: Sequence[int] = ()) -> ReviewPage:
    """The next answer for `by`, or `wanted` where they may check it. The queue's length, the item, its signals and checks,
    and the person's own month: seven statements."""
    session = db.session()
    ids = queue.next_ids(session, by, now, 1, skip)
    if wanted is not None and queue.may_check(session, by, now, wanted):
        ids = [wanted]
    item = _item(ids[0], now) if ids else None
    since = now - RECENT
    mine = select(Verification.verdict, func.count()).where(Verification.verifier_id == by.id, Verification.at > since)
    counts = {row[0]: row[1] for row in session.execute(mine.group_by(Verification.verdict))}
    return ReviewPage(
        item=item,
        waiting=queue.length(session, by, now),
        checks=sum(counts.values()),
        finds=counts.get("wrong", 0) + counts.get("repaired", 0),
        releases=tuple(dict.fromkeys(word.release for word in item.words if word.release)) if item else (),
        skipped=tuple(skip),
    )


def _item(answer_id: int, now: datetime) -> Item:
    session = db.session()
    row = session.execute(
        select(Answer, Question, User)
        .join(Question, Question.id == Answer.question_id)
        .join(User, User.id == Answer.author_id)
        .where(Answer.id == answer_id)
    ).one()
    answer, question, author = row[0], row[1], row[2]
    names = session.scalars(
        select(Tag.name)
        .join(QuestionTag, QuestionTag.tag_id == Tag.id)
        .where(QuestionTag.question_id == question.id)
        .order_by(QuestionTag.position)
    ).all()
    words, checks = _words(answer), _checks(answer)
    last = next((check for check in checks if answer.verified_at is not None and check.at == answer.verified_at), None)
    dates = lifecycle.deadlines(now, question.interval_days, question.grace_days)
    return Item(
        answer_id=answer.id,
        round=answer.round,
        title=question.title,
        url=answer_url(question.id, question.title, answer.id),
        tags=tuple((name, tag_url(name)) for name in names),
        product=" ".join(part for part in (question.product, question.release) if part),
        question_html=stored(question.body_html),
        html=stored(answer.body_html),
        source=answer.body_source if answer.body_format == "markdown" else "",
        author=person(author.id, author.name, author.avatar_url, author.role, author.reputation),
        posted_at=answer.created_at,
        accepted=question.accepted_answer_id == answer.id,
        freshness=freshness(
            answer.fresh_from,
            answer.best_before_at,
            answer.expires_at,
            answer.archived_at,
            now,
            written_state=answer.state,
            written_reason=answer.state_reason,
            checked_by=last.person if last else None,
            checked_at=answer.verified_at,
            checked_on=answer.verified_on,
            broken=answer.broken_count,
        ),
        views=question.views,
        why=_why(answer, question, now),
        good_for_days=question.interval_days,
        good_until=dates.best_before,
        verifiers_needed=question.verifiers_needed,
        agreed=sum(check.verdict in ("right", "repaired") for check in checks if check.at > answer.fresh_from),
        words=words,
        checks=checks,
    )


def _why(answer: Answer, question: Question, now: datetime) -> tuple[str, ...]:
    reasons = []
    vouched = answer.verified_at or answer.fresh_from
    days = (now - vouched).days
    since = "the last check" if answer.verified_at else "anybody vouched for it"
    reasons.append(f"{days} {'day' if days == 1 else 'days'} since {since}")
    if answer.best_before_at <= now:
        reasons.append(f"past its date since {day(answer.best_before_at)}")
    if answer.broken_count:
        reasons.append(f"{answer.broken_count} × no longer works")
    if answer.works_count:
        reasons.append(f"{answer.works_count} × works for me")
    if answer.check_count:
        reasons.append(f"{answer.check_count} asked to have it checked")
    reasons.append(f"{question.views:,} views rest on it")
    return tuple(reasons)


def _words(answer: Answer) -> tuple[Word, ...]:
    found = db.session.execute(
        select(Signal.kind, Signal.at, Signal.note, Signal.release, User.id, User.name, User.avatar_url, User.role)
        .outerjoin(User, User.id == Signal.user_id)
        .where(Signal.answer_id == answer.id, Signal.round == answer.round)
        .order_by(Signal.id.desc())
        .limit(SIGNALS_SHOWN)
    )
    return tuple(
        Word(row.kind, row.at, row.note, row.release, person(row.id, row.name, row.avatar_url, row.role) if row.id else None)
        for row in found
    )


def _checks(answer: Answer) -> tuple[Check, ...]:
    found = db.session.execute(
        select(
            Verification.at,
            Verification.verdict,
            Verification.release,
            Verification.note,
            User.id,
            User.name,
            User.avatar_url,
            User.role,
        )
        .join(User, User.id == Verification.verifier_id)
        .where(Verification.answer_id == answer.id)
        .order_by(Verification.id.desc())
        .limit(LATEST_SHOWN)
    )
    return tuple(
        Check(row.at, row.verdict, person(row.id, row.name, row.avatar_url, row.role), row.release, row.note) for row in found
    )
