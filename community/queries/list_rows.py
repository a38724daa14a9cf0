"""A question as lists show it: its best answer's ring, and the line of what matters today."""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row as Record

from community import lifecycle
from community.lifecycle import State
from community.queries.addresses import question_url
from community.queries.shared import NO_ANSWER, Freshness, Person, Row, day, lead_freshness, person, tag_pairs


def row_of(record: Record[Any], now: datetime) -> Row:
    """What a list shows of a question."""
    fresh = lead_of(record, now)
    line, kind = line_of(record, fresh, now)
    return Row(
        id=record.id,
        title=record.title,
        url=question_url(record.id, record.title),
        tags=_tags(record.tag_names or ""),
        product=record.product,
        release=record.release,
        answers=record.answer_count,
        views=record.views,
        me_too=record.me_too_count,
        freshness=fresh,
        author=None if line else _author(record),
        asked_at=record.created_at,
        line=line,
        line_kind=kind,
    )


@lru_cache(maxsize=4096)
def _tags(numbered: str) -> tuple[tuple[str, str], ...]:
    return tag_pairs([part.partition(" ")[2] for part in sorted(numbered.split(",")) if part])


def lead_of(record: Record[Any], now: datetime) -> Freshness:
    """The freshness of the answer that leads at `now`; its share in whole per cents, so that a row is the same for a while."""
    if record.present_id is not None:
        fresh = lead_freshness(record.present_fresh_from, record.present_best_before_at, record.present_expires_at, now)
    else:
        fresh = lead_freshness(record.lead_fresh_from, record.lead_best_before_at, record.lead_expires_at, now)
    return replace(fresh, share=round(fresh.share, 2)) if fresh.share else fresh


def line_of(record: Record[Any], fresh: Freshness, now: datetime) -> tuple[str, str]:
    """What matters of a question today, and in which colour. "" where all that can be said is when it was asked."""
    if record.closed_at is not None:
        return ("Closed as a duplicate" if record.duplicate_of_id is not None else "Closed"), "soft"
    if fresh is NO_ANSWER:
        return ("Its answer was archived · needs a current answer", "gone") if record.answer_count else ("", "soft")
    return state_line(fresh, record.accepted_answer_id == (record.present_id or record.lead_answer_id), now)


def state_line(fresh: Freshness, accepted: bool, now: datetime) -> tuple[str, str]:
    """The same for an answer that is there."""
    if fresh.state == State.FRESH and fresh.best_before is not None:
        return f"{'Solved' if accepted else 'Answered'} · good until {day(fresh.best_before)}", "fresh"
    since = past_day(fresh.since, now) if fresh.since is not None else ""
    if fresh.state == State.DUE:
        return f"Past its date since {since} · ask to have it checked", "due"
    return f"Its answer expired on {since} · needs a current answer", "gone"


def past_day(moment: datetime, now: datetime) -> str:
    """A day gone by, "2 October", with its year where that is not this one."""
    return f"{moment.day} {moment:%B}" if moment.year == now.year else day(moment)


def next_change(record: Record[Any], now: datetime) -> datetime | None:
    """When the clock will next change a row of `rows_of`; None when it will not."""
    names = ("present_best_before_at", "present_expires_at") if record.present_id else ("lead_best_before_at", "lead_expires_at")
    best_before, expires = (getattr(record, name) for name in names)
    return lifecycle.next_change(best_before, expires, None, now) if best_before is not None else None


def _author(record: Record[Any]) -> Person:
    return person(record.author_id, record.author_name, record.author_avatar_url, record.author_role)
