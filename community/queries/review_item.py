"""One answer to check: what it says, what is known of it, why it is up, and what follows.

A blind second check and an item whose truth is known are shown as they stood before the check they go by: nothing of this page
may tell them from the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import select

from app.accounts.models import User
from app.db import db
from app.rendering.stored import stored
from community.freshness import belief as model
from community.freshness import dates
from community.freshness.belief import Belief, TagRate
from community.freshness.beliefs import read
from community.freshness.undo import stood_before
from community.models import (
    Answer,
    AnswerBelief,
    AnswerLink,
    Assignment,
    BeliefEvent,
    Link,
    Question,
    Revision,
    Signal,
    Undo,
    Verification,
)
from community.queries.addresses import answer_url, tag_url
from community.queries.forms import as_markdown
from community.queries.review_words import why
from community.queries.shared import Freshness, Person, freshness, person
from community.tags import names_of
from community.texts import html_of

SIGNALS_SHOWN = 5
LATEST_SHOWN = 3
LINKS_SHOWN = 12
EVENTS_READ = 200


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
class LinkSeen:
    """A link in the answer, and how it did when it was last tried."""

    url: str
    problem: str
    """In words; "" when it works."""
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Item:
    """The answer to check, with its question."""

    answer_id: int
    round: int
    revision: int
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
    why: tuple[str, ...]
    """Why it is up now, in words."""
    good_for_days: int
    good_until: datetime
    verifiers_needed: int
    agreed: int
    words: tuple[Word, ...]
    checks: tuple[Check, ...]
    links: tuple[LinkSeen, ...]
    releases: tuple[str, ...]
    """What it may be checked on: as readers and earlier checks say."""
    may_archive: bool
    """Also without naming what takes its place."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """The answer's columns as the page shows them."""

    fresh_from: datetime
    best_before_at: datetime
    expires_at: datetime
    verified_at: datetime | None
    verified_on: str
    state: str
    state_reason: str
    round: int
    revision: int
    broken: int
    asked: int
    source: str
    fmt: str
    html: str
    belief: Belief | None
    until: datetime | None = None
    """What came at or after this moment is not shown."""
    before_id: int | None = None
    """Nor this check and what came after it."""


def item(answer_id: int, given: Assignment | None, by: User, now: datetime) -> Item | None:
    """The answer as `given` to this person, or as it is; None when it is gone. Seven statements, and one or two more for what is
    shown as it stood."""
    row = db.session.execute(
        select(Answer, Question, User, AnswerBelief)
        .join(Question, Question.id == Answer.question_id)
        .join(User, User.id == Answer.author_id)
        .outerjoin(AnswerBelief, AnswerBelief.answer_id == Answer.id)
        .where(Answer.id == answer_id, Answer.removed_at.is_(None), Question.removed_at.is_(None))
    ).first()
    if row is None:
        return None
    answer, question, author = row[0], row[1], row[2]
    believed: AnswerBelief | None = row[3]
    shown = _shown(answer, believed, given)
    names = names_of(db.session(), question.id)
    words, checks = _words(answer_id, shown), _checks(answer_id, shown)
    last = next((check for check in checks if shown.verified_at is not None and check.at == shown.verified_at), None)
    until = dates.vouched(_checked(shown, answer, now), question, now).best_before
    updated_at = _updated_at(shown, answer, now)
    said = (question.release, shown.verified_on, *(word.release for word in words))
    return Item(
        answer_id=answer.id,
        round=shown.round,
        revision=shown.revision,
        title=question.title,
        url=answer_url(question.id, question.title, answer.id),
        tags=tuple((name, tag_url(name)) for name in names),
        product=" ".join(part for part in (question.product, question.release) if part),
        question_html=stored(question.body_html),
        html=stored(shown.html),
        source=as_markdown(shown.source, shown.fmt),
        author=person(author.id, author.name, author.avatar_url, author.role, author.reputation),
        posted_at=answer.created_at,
        accepted=question.accepted_answer_id == answer.id,
        freshness=freshness(
            shown.fresh_from,
            shown.best_before_at,
            shown.expires_at,
            None if shown.until else answer.archived_at,
            now,
            written_state=shown.state,
            written_reason=shown.state_reason,
            checked_by=last.person if last else None,
            checked_at=shown.verified_at,
            checked_on=shown.verified_on,
            broken=shown.broken,
            updated_at=updated_at,
        ),
        why=why(
            vouched_at=shown.verified_at or shown.fresh_from,
            checked=shown.verified_at is not None,
            best_before=shown.best_before_at,
            events=_events(answer_id, shown),
            asked=shown.asked,
            views_a_day=believed.views_per_day if believed is not None else 0.0,
            views=question.views,
            now=now,
            updated_at=updated_at,
            by_its_author=answer.edited_by_id == answer.author_id,
        ),
        good_for_days=(until - now).days,
        good_until=until,
        verifiers_needed=question.verifiers_needed,
        agreed=sum(check.verdict in ("right", "repaired") and check.at > shown.fresh_from for check in checks),
        words=words,
        checks=checks,
        links=_links(answer_id, shown),
        releases=tuple(dict.fromkeys(release for release in said if release)),
        may_archive=by.is_moderator,
    )


def _updated_at(shown: _Shown, answer: Answer, now: datetime) -> datetime | None:
    """When it was reworked, where it waits for a check since (`community.freshness.approval`), or did at the time."""
    at = answer.reworked_at
    if at is None or at <= max(shown.fresh_from, shown.verified_at or shown.fresh_from) or shown.best_before_at > now:
        return None
    return at if shown.until is None or at < shown.until else None


def _shown(answer: Answer, believed: AnswerBelief | None, given: Assignment | None) -> _Shown:
    basis_id = given.basis_id if given is not None else None
    kept = db.session.execute(select(Undo.before).where(Undo.verification_id == basis_id)).scalar() if basis_id else None
    if kept is None or given is None:
        belief = read(believed) if believed is not None else None
        return _Shown(
            fresh_from=answer.fresh_from,
            best_before_at=answer.best_before_at,
            expires_at=answer.expires_at,
            verified_at=answer.verified_at,
            verified_on=answer.verified_on,
            state=answer.state,
            state_reason=answer.state_reason,
            round=answer.round,
            revision=answer.revision_count,
            broken=answer.broken_count,
            asked=answer.check_count,
            source=answer.body_source,
            fmt=answer.body_format,
            html=answer.body_html,
            belief=belief,
        )
    then = stood_before(kept)
    revision = db.session.get(Revision, given.revision_id) if given.revision_id is not None else None
    text: tuple[str, Any, str] = (answer.body_source, answer.body_format, answer.body_html)
    if revision is not None and revision.number != answer.revision_count:
        fmt: Any = revision.body_format
        text = (revision.body_source, fmt, html_of(db.session(), revision.body_source, fmt))
    at = db.session.execute(select(Verification.at).where(Verification.id == basis_id)).scalar_one()
    return _Shown(
        fresh_from=then["fresh_from"],
        best_before_at=then["best_before_at"],
        expires_at=then["expires_at"],
        verified_at=then["verified_at"],
        verified_on=then["verified_on"],
        state=then["state"],
        state_reason=then["state_reason"],
        round=then["round"],
        # A second check is of the present text; a known one of what its revision was.
        revision=revision.number if revision is not None else answer.revision_count,
        broken=then["broken_count"],
        asked=then["check_count"],
        source=text[0],
        fmt=text[1],
        html=text[2],
        belief=_belief(kept["belief"]),
        until=at,
        before_id=basis_id,
    )


def _belief(row: Mapping[str, float]) -> Belief:
    return Belief(row["pi"], row["pa"], row["k"], row["t"], row["f"], row["hb"], row["hr"], row["views_per_day"])


def _checked(shown: _Shown, answer: Answer, now: datetime) -> Belief:
    """What will be believed of it when it is found still right."""
    age = (now - (shown.verified_at or answer.created_at)) / timedelta(days=1)
    return model.verify(shown.belief or model.create(), TagRate(), False, age)[0]


def _events(answer_id: int, shown: _Shown) -> list[tuple[str, str, datetime]]:
    """What moved the belief since it was last vouched for: kind, reason and moment."""
    found = (
        select(BeliefEvent.kind, BeliefEvent.reason, BeliefEvent.at)
        .where(BeliefEvent.answer_id == answer_id, BeliefEvent.at >= shown.fresh_from)
        .order_by(BeliefEvent.id)
        .limit(EVENTS_READ)
    )
    if shown.until is not None:
        found = found.where(BeliefEvent.at < shown.until)
    return [(row.kind, row.reason, row.at) for row in db.session.execute(found)]


def _words(answer_id: int, shown: _Shown) -> tuple[Word, ...]:
    found = db.session.execute(
        select(Signal.kind, Signal.at, Signal.note, Signal.release, User.id, User.name, User.avatar_url, User.role)
        .outerjoin(User, User.id == Signal.user_id)
        .where(Signal.answer_id == answer_id, Signal.round == shown.round, Signal.link_id.is_(None), Signal.aside_at.is_(None))
        .order_by(Signal.id.desc())
        .limit(SIGNALS_SHOWN)
    )
    return tuple(
        Word(row.kind, row.at, row.note, row.release, person(row.id, row.name, row.avatar_url, row.role) if row.id else None)
        for row in found
    )


def _checks(answer_id: int, shown: _Shown) -> tuple[Check, ...]:
    found = (
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
        .where(Verification.answer_id == answer_id, Verification.undone_at.is_(None))
        .order_by(Verification.id.desc())
        .limit(LATEST_SHOWN)
    )
    if shown.before_id is not None:
        found = found.where(Verification.id < shown.before_id)
    return tuple(
        Check(row.at, row.verdict, person(row.id, row.name, row.avatar_url, row.role), row.release, row.note)
        for row in db.session.execute(found)
    )


def _links(answer_id: int, shown: _Shown) -> tuple[LinkSeen, ...]:
    found = db.session.execute(
        select(Link.url, Link.problem, Link.checked_at)
        .join(AnswerLink, AnswerLink.link_id == Link.id)
        .where(AnswerLink.answer_id == answer_id)
        .order_by(Link.problem == "", Link.id)
        .limit(LINKS_SHOWN)
    )
    # What is shown as it stood may not have had them all.
    return tuple(LinkSeen(*row) for row in found if shown.until is None or row.url in shown.source)
