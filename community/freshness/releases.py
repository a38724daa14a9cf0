"""Releases: a product or a tariff changed on a day, and what was answered before grows doubtful at once.

Announced by staff, for a day in the past or to come; a job applies them when their day has come, in batches, each answer once.
"""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db, insert_into, transaction
from app.errors import Conflict, Invalid, NotFound
from app.pages import RELEASES, touch
from community import policy, reach, texts
from community.freshness import dates, evidence, impact
from community.freshness.evidence import Happening
from community.models import Answer, Question, QuestionTag, Release, ReleaseTag, Tag
from community.moderation import audit

LONGEST_NAME = 80
"""Characters."""
MOST_TAGS = 20
"""How many tags a release can concern."""
SPREAD_DAYS = 7
"""Over how many days the answers that a release makes due are spread, unless somebody says otherwise."""
LONGEST_SPREAD_DAYS = dates.SPREAD_DAYS
"""No night keeps a date that is late for longer than this."""
FURTHEST = timedelta(days=730)
"""How far back or ahead a release's day can lie."""
BATCH = 200
"""Answers that one transaction weighs."""
SLICE = 50
"""Batches that one call of the schedule does, so that the outbox never waits long for a release."""


class Announced(Conflict):
    """It was announced before; `release_id` is the first announcement."""

    def __init__(self, name: str, release_id: int) -> None:
        super().__init__(f"“{name}” is announced already, at /releases/{release_id}.")
        self.release_id = release_id


def announce(
    name: str,
    on_day: date,
    size: str,
    tag_names: Sequence[str],
    *,
    note: str = "",
    spread_days: int = SPREAD_DAYS,
    by: User | None,
    now: datetime,
) -> int:
    """Announce a release; returns its number. Staff may; `by` None is the command line.

    It gets the impact that releases of its `size` (small, medium, large) are known to have now. Its day is a day of the site's
    time zone. Raises Invalid for what cannot be, and Announced where there is one of this name already, in whatever case.
    """
    with transaction() as session:
        if by is not None:
            policy.require(by, "announce_release", None, now)
        clean = texts.line(name, "name", "The name", LONGEST_NAME, 2)
        words = texts.note(note, "note", "The note")
        _check(on_day, size, spread_days, now)
        tags = _tags(session, tag_names)
        row = insert_into(session, Release).values(
            name=clean,
            name_key=name_key(clean),
            note=words,
            on_day=on_day,
            impact=size,
            kappa=impact.estimates(session)[size].kappa,
            spread_days=spread_days,
            announced_by_id=by.id if by else None,
            announced_at=now,
            cursor=0,
            weighed=0,
            checked=0,
            gone_wrong=0,
        )
        made = session.execute(row.on_conflict_do_nothing(index_elements=[Release.name_key]).returning(Release.id)).scalar()
        if made is None:
            raise Announced(clean, find(session, clean) or 0)
        session.add_all(ReleaseTag(release_id=made, tag_id=tag.id) for tag in tags)
        audit.record(session, by, "release.announced", now, reason=clean, release_id=made)
        touch(session, RELEASES)
        return int(made)


def cancel(release_id: int, *, by: User | None, now: datetime) -> None:
    """Take an announcement back, as long as nothing was weighed by it; its name is free again. Raises NotFound, and Conflict
    when it is too late."""
    with transaction() as session:
        if by is not None:
            policy.require(by, "announce_release", None, now)
        release = session.get(Release, release_id, with_for_update=True, populate_existing=True)
        if release is None:
            raise NotFound("There is no such release.")
        if release.cancelled_at is not None:
            return
        if release.applied_at is not None or release.cursor > 0:
            raise Conflict("It weighs on answers already, so it cannot be taken back. A check sets each of them right.")
        release.cancelled_at = now
        release.name_key = f"{release.name_key} (cancelled {release.id})"
        audit.record(session, by, "release.cancelled", now, reason=release.name, release_id=release.id)
        touch(session, RELEASES)


def find(session: Session, name: str) -> int | None:
    """The release of this name, in whatever case."""
    return session.execute(select(Release.id).where(Release.name_key == name_key(name))).scalar()


def name_key(name: str) -> str:
    """What makes two names one: neither case, nor spaces, nor how a letter is composed."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def begins(on_day: date) -> datetime:
    """When a day begins: at midnight of the site's time zone."""
    zone = ZoneInfo(current_app.config["SETTINGS"].time_zone)
    return datetime.combine(on_day, time(0), zone).astimezone(UTC)


def today(now: datetime) -> date:
    """What day it is in the site's time zone."""
    return now.astimezone(ZoneInfo(current_app.config["SETTINGS"].time_zone)).date()


def apply_due(now: datetime, batch: int = BATCH, batches: int = SLICE) -> int:
    """Let the releases whose day has come weigh on the answers they concern; returns on how many. At most `batches` batches: the
    next call goes on. Killed anywhere, run twice, or by two workers at once, each answer is weighed once."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=2)
    waiting = select(Release.id, Release.on_day).where(
        Release.applied_at.is_(None), Release.cancelled_at.is_(None), Release.on_day < tomorrow
    )
    due = [row.id for row in db.session.execute(waiting.order_by(Release.on_day, Release.id)) if begins(row.on_day) <= now]
    db.session.rollback()
    weighed = 0
    for release_id in due:
        while batches > 0 and (release := _waiting(release_id)) is not None:
            here, done = _apply_slice(release, batch, batches, now)
            weighed, batches = weighed + here, batches - done
    return weighed


def _waiting(release_id: int) -> Release | None:
    """The release as it is now, on its own; None when it is done or taken back."""
    release = db.session.get(Release, release_id, populate_existing=True)
    if release is not None:
        db.session.expunge(release)
    db.session.rollback()
    over = release is None or release.applied_at is not None or release.cancelled_at is not None
    return None if over else release


def concerned(release: Release) -> tuple[ColumnElement[bool], ...]:
    """Which answers a release weighs on: under its tags, written before its day and not verified since that began."""
    start = begins(release.on_day)
    under = exists().where(
        QuestionTag.question_id == Answer.question_id,
        QuestionTag.tag_id == ReleaseTag.tag_id,
        ReleaseTag.release_id == release.id,
    )
    return (
        under,
        Answer.archived_at.is_(None),
        Answer.removed_at.is_(None),
        Answer.created_at < start,
        or_(Answer.verified_at.is_(None), Answer.verified_at < start),
    )


def _apply_slice(release: Release, batch: int, batches: int, now: datetime) -> tuple[int, int]:
    """Weigh the next answers, until another worker is found to be at it, too; returns how many, and in how many batches."""
    # Looked for once, before anything is held: in a large forum a rare tag's answers are far apart.
    wanted = select(Answer.id).where(Answer.id > release.cursor, *concerned(release)).order_by(Answer.id).limit(batch * batches)
    ids = db.session.scalars(wanted).all()
    db.session.rollback()
    weighed, after = 0, release.cursor
    for number, start in enumerate(range(0, max(1, len(ids)), batch), 1):
        here = _apply_batch(release, after, ids[start : start + batch], now)
        if here is None:
            return weighed, number
        weighed, after = weighed + here, ids[start : start + batch][-1] if ids else after
    return weighed, max(1, -(-len(ids) // batch))


def _apply_batch(release: Release, after: int, ids: Sequence[int], now: datetime) -> int | None:
    """Weigh these answers; without any the release is done. Returns how many, or None where the cursor is not at `after`."""
    with transaction() as session:
        mine = update(Release).where(Release.id == release.id, Release.cursor == after)
        mine = mine.where(Release.applied_at.is_(None), Release.cancelled_at.is_(None))
        values = {"cursor": ids[-1]} if ids else {"applied_at": now}
        if session.execute(mine.values(values).returning(Release.id)).first() is None:
            return None
        touch(session, RELEASES)
        found = _held(session, ids, release)
        happening = Happening("release", words(release), release.announced_by_id, release_id=release.id)
        evidence.release_all(session, found, release.kappa, happening, release.spread_days, now)
        if found:
            session.execute(update(Release).where(Release.id == release.id).values(weighed=Release.weighed + len(found)))
        return len(found)


def words(release: Release) -> str:
    """What happened, for an answer's history."""
    return f"{release.name} came out on {release.on_day.day} {release.on_day:%B %Y}"


def _held(session: Session, answer_ids: Sequence[int], release: Release) -> list[tuple[Answer, Question]]:
    """These answers with their questions, the questions held in the order of their ids; without those that were checked, or taken
    away, meanwhile."""
    if not answer_ids:
        return []
    questions = reach.questions_of(session, answer_ids)
    still = select(Answer).where(Answer.id.in_(answer_ids), *concerned(release)).order_by(Answer.id)
    answers = session.scalars(still.execution_options(populate_existing=True)).all()
    pairs = [(answer, questions[answer.question_id]) for answer in answers]
    return [(answer, question) for answer, question in pairs if question.removed_at is None]


def _check(on_day: date, size: str, spread_days: int, now: datetime) -> None:
    wrong = {}
    if abs(on_day - today(now)) > FURTHEST:
        wrong["on_day"] = f"Choose a day within {FURTHEST.days} days of today."
    if size not in impact.KAPPA:
        wrong["impact"] = "Choose how much it changes: small, medium or large."
    if not 0 <= spread_days <= LONGEST_SPREAD_DAYS:
        wrong["spread_days"] = f"Choose from 0 to {LONGEST_SPREAD_DAYS} days."
    if wrong:
        raise Invalid(wrong)


def _tags(session: Session, names: Sequence[str]) -> list[Tag]:
    """The tags of these names, each once; a merged one leads to the tag that took its place."""
    wanted = list(dict.fromkeys(name.strip().lower() for name in names if name.strip()))
    if not wanted:
        raise Invalid({"tags": "Choose at least one tag: its answers grow doubtful."})
    if len(wanted) > MOST_TAGS:
        raise Invalid({"tags": f"A release can concern up to {MOST_TAGS} tags; these are {len(wanted)}."})
    known = {tag.name: tag for tag in session.scalars(select(Tag).where(Tag.name.in_(wanted)))}
    missing = [name for name in wanted if name not in known]
    if missing:
        raise Invalid({"tags": f"There is no tag “{missing[0][:60]}” here."})
    into = {known[name].merged_into_id or known[name].id for name in wanted}
    return list(session.scalars(select(Tag).where(Tag.id.in_(into)).order_by(Tag.id)))
