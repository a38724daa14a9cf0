"""What pages about people show of their badges and rank, as columns of the statement that loads the person: no statement more."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, literal, select

from reputation.badges import ranks
from reputation.badges.models import BadgeHolder, RankName
from reputation.badges.rules import RULES, Grade, Rule

MOST_SHOWN = 6
"""Badges on a profile; a page of their own has all."""

_HIGHEST_FIRST = tuple(reversed(Grade))
_PLACES = {name: (_HIGHEST_FIRST.index(rule.grade), place) for place, (name, rule) in enumerate(RULES.items())}


@dataclass(frozen=True, slots=True)
class Held:
    """A badge that somebody has."""

    rule: Rule
    times: int


@dataclass(frozen=True, slots=True)
class Strip:
    """Somebody's badges in one line: the highest first."""

    shown: tuple[Held, ...]
    total: int
    """How many different ones there are."""
    url: str
    """Of the page with all of them."""


def held_column(user_id: Any) -> ColumnElement[str | None]:  # noqa: ANN401 - a column or a parameter
    """All badges of a person in one text; None without any."""
    each = BadgeHolder.badge + literal(":") + cast(BadgeHolder.times, String)
    return select(func.aggregate_strings(each, " ")).where(BadgeHolder.user_id == user_id).scalar_subquery()


def rank_column(reputation: Any) -> ColumnElement[str | None]:  # noqa: ANN401 - a column of the statement
    """The site's own name for so many points; None where it has none."""
    named = select(RankName.name).where(RankName.points <= reputation).order_by(RankName.points.desc()).limit(1)
    return named.scalar_subquery()


def rank_of(named: str | None, reputation: int) -> str:
    """The rank to show, from what `rank_column` gave."""
    return named if named is not None else ranks.of(reputation).name


def held(found: str | None) -> list[Held]:
    """The badges, the highest first, from what `held_column` gave; one that the product knows no more is left out."""
    pairs = (part.rpartition(":") for part in (found or "").split())
    known = [(name, int(times)) for name, _, times in pairs if name in RULES]
    return [Held(RULES[name], times) for name, times in sorted(known, key=lambda pair: _PLACES[pair[0]])]


def strip(found: str | None, user_id: int) -> Strip:
    """What stands on a profile."""
    everything = held(found)
    return Strip(tuple(everything[:MOST_SHOWN]), len(everything), f"/people/{user_id}/badges")
