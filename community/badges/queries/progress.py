"""How far somebody is on the way to badges that take several deeds."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, bindparam, func, literal, select, union_all

from app.db import db
from community.badges.deeds import DEEDS
from reputation.badges.rules import RULES, Rule, progress_words


@dataclass(frozen=True, slots=True)
class Progress:
    """So far on the way to one badge."""

    rule: Rule
    done: int
    words: str
    """As "3 of 10 accepted answers"."""


_GOALS = {rule.name: rule for rule in RULES.values() if progress_words(rule, 0)}


def progress(user_id: int, but: Collection[str] = ()) -> dict[str, Progress]:
    """By the badge's name, for every badge that has a way to go, `but` those that are reached. One statement, or none where all
    are; it counts no further than the highest goal."""
    ways = {name: rule for name, rule in _GOALS.items() if name not in but}
    if not ways:
        return {}
    found = db.session.connection().execute(_counts(frozenset(ways)), {"id": user_id})
    counted = {row.measure: row.done for row in found}
    return {
        name: Progress(rule, min(counted[rule.measure], rule.goal), progress_words(rule, counted[rule.measure]))
        for name, rule in ways.items()
    }


def nearest(found: dict[str, Progress]) -> Progress | None:
    """What has begun and lacks least; None where nothing has begun."""
    begun = [one for one in found.values() if 0 < one.done < one.rule.goal]
    return max(begun, key=lambda one: one.done / one.rule.goal, default=None)


@lru_cache(maxsize=256)
def _counts(names: frozenset[str]) -> CompoundSelect[*tuple[Any, ...]]:
    highest: dict[str, int] = {}
    for rule in (rule for name, rule in _GOALS.items() if name in names):
        highest[rule.measure] = max(highest.get(rule.measure, 0), rule.goal)
    parts = []
    for measure, goal in highest.items():
        deeds = DEEDS[measure](0)
        some = deeds.query.where(deeds.person == bindparam("id")).limit(goal).subquery()
        parts.append(select(literal(measure).label("measure"), func.count().label("done")).select_from(some))
    return union_all(*parts)
