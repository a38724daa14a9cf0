"""Why an answer is up for a check, in words. Pure: give it what happened, it gives sentences."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from community.queries.shared import day

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

Happened = tuple[str, str, datetime]
"""What moved the belief: its kind, the reason in words, when."""


def counted(number: int, one: str, more: str) -> str:
    """ "two people", "1,204 people"."""
    word = _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"
    return f"{word} {one if number == 1 else more}"


def why(
    *,
    vouched_at: datetime,
    checked: bool,
    best_before: datetime,
    events: Sequence[Happened],
    asked: int,
    views_a_day: float,
    views: int,
    now: datetime,
    updated_at: datetime | None = None,
    by_its_author: bool = False,
) -> tuple[str, ...]:
    """The reasons, the oldest first: how long ago it was vouched for, what was released, what readers said, how much is read;
    before them that it was reworked (`updated_at`) and waits for a check since."""
    days = (now - vouched_at).days
    since = "the last check" if checked else "anybody vouched for it"
    said = [f"{days:,} {'day' if days == 1 else 'days'} since {since}"]
    if updated_at is not None:
        said.insert(0, f"{'its author' if by_its_author else 'somebody'} has updated it on {day(updated_at)}")
    if best_before <= now:
        said.append(f"past its date since {day(best_before)}")
    said += [reason or f"a release on {day(at)}" for kind, reason, at in events if kind == "release"]
    said += [f"{reason}, {day(at)}" for kind, reason, at in events if kind == "dead_link" and reason]
    tally = Counter(kind for kind, _, _ in events)
    if tally["report"]:
        said.append(f"{counted(tally['report'], 'person', 'people')} said it no longer works")
    if tally["confirmation"]:
        said.append(f"{counted(tally['confirmation'], 'person', 'people')} said it works")
    if tally["votes"]:
        said.append(f"{counted(tally['votes'], 'vote', 'votes')} down since")
    if asked:
        said.append(f"{counted(asked, 'person', 'people')} asked to have it checked")
    said.append(_read(views_a_day, views))
    return tuple(said)


def _read(views_a_day: float, views: int) -> str:
    if views_a_day >= 1:
        return f"read {counted(round(views_a_day), 'time', 'times')} a day"
    return f"read {counted(views, 'time', 'times')} so far"
