"""The years for which answers were kept current, from the steps of their lives."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Protocol

from community.lifecycle import Event, State
from reputation.badges.kept import KeptYear, kept_years

CHECKED = (Event.VERIFIED, Event.REPAIRED)


class Step(Protocol):
    """A row of the measure's statement."""

    user_id: int
    at: datetime
    ref: str
    question_id: int
    answer_id: int
    about: str
    """The event."""
    state: str
    """What the answer became."""


def years(steps: Iterable[Step]) -> Iterator[tuple[Step, KeptYear]]:
    """Every whole year, with any step of its answer. The steps come answer by answer, each answer's in their order."""
    for _, of_answer in groupby(steps, key=lambda step: step.answer_id):
        life = _without_undone(of_answer)
        checks = [step.at for step in life if step.about in CHECKED and step.state == State.FRESH]
        lapses = [step.at for step in life if step.state != State.FRESH]
        for year in kept_years(life[0].at, checks, lapses):
            yield life[0], year


def _without_undone(steps: Iterable[Step]) -> list[Step]:
    """A check that was taken back within its minute never was."""
    life: list[Step] = []
    for step in steps:
        if step.about == Event.UNDONE and life:
            undone = next((number for number in range(len(life) - 1, -1, -1) if life[number].about in CHECKED), None)
            if undone is not None:
                del life[undone]
        else:
            life.append(step)
    return life
