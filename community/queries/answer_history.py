"""What happened to an answer, as one small history: its states, what moved the doubt about it, its texts, and time between.

Readers are counted and never named; who checked, accepted, edited or archived is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from community.freshness.beliefs import day_of
from community.lifecycle import Event as LifeEvent
from community.queries.question_view import LIFE_WORDS, UNNAMED
from community.queries.shared import Person, day

Record = Row[Any]

OF_READERS = frozenset({"report", "confirmation", "withdrawn", "votes", "dead_link"})
"""Events behind which stands a reader, or nobody."""

_MOVES_NOTHING = frozenset({"escalated", "policy", "restored"})

_WORDS = {
    "posted": "Posted",
    "imported": "Brought over from another forum",
    "adopted": "Its doubt was worked out from its age",
    "accepted": "Accepted",
    "right": "Still right",
    "repaired": "Repaired",
    "wrong": "Found wrong",
    "restored": "Taken out of the archive",
    "policy": "New dates, by a change of policy",
    "undone": "The last check was taken back",
    "votes": "Voted down",
    "dead_link": "A link in it leads nowhere",
    "report": "A reader says it no longer works",
    "confirmation": "A reader says it works",
    "withdrawn": "A reader took their word back",
}
_MANY = {
    "report": "{} readers say it no longer works",
    "confirmation": "{} readers say it works",
    "withdrawn": "{} readers took their word back",
    "votes": "{} votes down",
    "dead_link": "{} links in it lead nowhere",
}
_PAIRS: Mapping[str, frozenset[str]] = {
    LifeEvent.POSTED: frozenset({"posted"}),
    LifeEvent.IMPORTED: frozenset({"imported"}),
    LifeEvent.ACCEPTED: frozenset({"accepted"}),
    LifeEvent.VERIFIED: frozenset({"right"}),
    LifeEvent.REPAIRED: frozenset({"repaired"}),
    LifeEvent.REPAIR_PROPOSED: frozenset({"repaired"}),
    LifeEvent.FOUND_WRONG: frozenset({"wrong"}),
    LifeEvent.RESTORED: frozenset({"restored"}),
    LifeEvent.UNDONE: frozenset({"undone"}),
    **{event: OF_READERS | {"release", "policy", "asked", "aside"} for event in (*UNNAMED, LifeEvent.POLICY_CHANGED)},
}
"""Which step of a life and which event are one happening, where they have the same moment."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history."""

    at: datetime
    words: str
    person: Person | None = None
    state: str = ""
    """What it became by it, where it became something else; "time" where only time passed."""
    reason: str = ""
    doubt: str = ""
    """As "doubt from 4 % to 12 %"."""
    dates: str = ""
    """As "best before 3 March 2027, until then 20 May 2027"."""
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Happened:
    """An event, or some of one kind on one day, with the step it made."""

    first: Record
    last: Record
    count: int
    made: Record | None


def percent(chance: float) -> str:
    """A chance in words, "4 %"."""
    if chance > 0.99:  # noqa: PLR2004 - the words say it
        return "over 99 %"
    return f"{chance * 100:.0f} %" if chance >= 0.01 else "under 1 %"  # noqa: PLR2004 - likewise


def history(
    events: Sequence[Record],
    transitions: Sequence[Record],
    revisions: Sequence[Record],
    people: Mapping[int, Person],
    present: float | None,
    now: datetime,
) -> list[Step]:
    """The newest first. Events and transitions in the order they were written; `present`: the doubt today, where it is asked."""
    paired = _pair(events, transitions)
    alone = [step for step in transitions if step.id not in {made.id for made in paired.values()}]
    told = [*_of_events(events, paired, people), *(_of_transition(step, people) for step in alone)]
    repairs = {event.at for event in events if event.kind == "repaired"}
    told += [_of_revision(row, people) for row in revisions if row.number > 1 and row.at not in repairs]
    if events and present is not None:
        told += _quiet(events[-1].at, now, events[-1].after, present)
    # In one moment, what was written first comes first: the list above has them in that order, and sorting keeps it.
    return sorted(told, key=lambda step: step.at)[::-1]


def _pair(events: Sequence[Record], transitions: Sequence[Record]) -> dict[int, Record]:
    """Event → the step of the life that it made."""
    free = list(events)
    paired = {}
    for step in transitions:
        kinds = _PAIRS.get(step.event, frozenset())
        found = next((event for event in free if event.at == step.at and event.kind in kinds), None)
        if found is not None:
            free.remove(found)
            paired[found.id] = step
    return paired


def _of_events(events: Sequence[Record], paired: Mapping[int, Record], people: Mapping[int, Person]) -> Iterator[Step]:
    before: Record | None = None
    for happened in _together(events, paired):
        first, last = happened.first, happened.last
        if before is not None:
            yield from _quiet(before.at, first.at, before.after, first.before)
        step = Step(
            at=last.at,
            words=_words(happened),
            person=None if last.kind in OF_READERS else people.get(last.actor_id),
            state=happened.made.to_state if happened.made is not None else "",
            reason=_reason(happened),
            doubt="" if last.kind in _MOVES_NOTHING else _doubt(first.before, last.after, begins=before is None),
            dates=_dates(before, last),
        )
        yield replace(step, words=f"{step.words}: {_became(happened.made)}") if _is_moved(happened) else step
        before = last


def _together(events: Sequence[Record], paired: Mapping[int, Record]) -> Iterator[_Happened]:
    """What many readers said on one day is one line."""
    for (kind, _), group in groupby(events, key=lambda event: (event.kind, day_of(event.at))):
        found = list(group)
        if kind in OF_READERS:
            made = [paired[event.id] for event in found if event.id in paired]
            yield _Happened(found[0], found[-1], len(found), made[-1] if made else None)
        else:
            yield from (_Happened(event, event, 1, paired.get(event.id)) for event in found)


def _words(happened: _Happened) -> str:
    event = happened.last
    if happened.count > 1 and event.kind in _MANY:
        return _MANY[event.kind].format(happened.count)
    if event.kind == "release":
        return f"Release: {event.release_name}" if event.release_name else _sentence(event.reason) or "A release"
    if event.kind in _WORDS:
        on = f" on {event.checked_on}" if event.checked_on else ""
        words = _sentence(event.reason) if event.kind in OF_READERS and event.reason else _WORDS[event.kind]
        return words + on
    return _sentence(event.reason) or event.kind


def _reason(happened: _Happened) -> str:
    """What the checker says: how it was checked, what was wrong. Of others the words say it already."""
    event = happened.last
    return " · ".join(part for part in (event.evidence, event.note) if part)


def _is_moved(happened: _Happened) -> bool:
    return happened.made is not None and happened.made.event in UNNAMED


def _became(step: Record | None) -> str:
    words = {"due": "past its date from then on", "expired": "expired from then on", "fresh": "good again from then on"}
    return words.get(step.to_state, "") if step is not None else ""


def _of_transition(step: Record, people: Mapping[int, Person]) -> Step:
    words = LIFE_WORDS[LifeEvent(step.event)] + (f" on {step.release}" if step.release else "")
    by_person = step.event not in UNNAMED
    said = step.reason if step.event in (LifeEvent.ARCHIVED, LifeEvent.SUPERSEDED, LifeEvent.POLICY_CHANGED) else ""
    return Step(step.at, words, people.get(step.actor_id) if by_person else None, step.to_state, reason=said)


def _of_revision(row: Record, people: Mapping[int, Person]) -> Step:
    url = f"/answers/{row.answer_id}/revisions?revision={row.number}"
    return Step(row.at, "Its text was changed", people.get(row.author_id), reason=row.summary, url=url)


def _quiet(since: datetime, until: datetime, before: float, after: float) -> list[Step]:
    """Time's own part."""
    days = (until - since) // timedelta(days=1)
    if days < 1:
        return []
    words = "A day with nothing new" if days == 1 else f"{days} days with nothing new"
    return [Step(until, words, state="time", doubt=_doubt(before, after))]


def _doubt(before: float, after: float, *, begins: bool = False) -> str:
    old, new = percent(before), percent(after)
    if begins and before == 0:
        return f"doubt begins at {new}"
    return f"doubt from {old} to {new}" if old != new else f"doubt stays at {new}"


def _dates(before: Record | None, event: Record) -> str:
    new = day(event.best_before_at)
    if before is None:
        return f"best before {new}"
    old = day(before.best_before_at)
    return f"best-before date from {old} to {new}" if old != new else ""


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
