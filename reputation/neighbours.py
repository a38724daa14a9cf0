"""What the ledger has to ask the floor above, which it does not know: the application says who answers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Flask, current_app
from sqlalchemy.orm import Session

from reputation.facts import Checkers

_KEY = "bestbefore_neighbours"


def _none(_session: Session, _ids: Collection[int]) -> dict[int, Sequence[int]]:
    return {}


def _nowhere(_session: Session, _ids: Collection[int] | None) -> dict[int, int]:
    return {}


@dataclass(frozen=True)
class Neighbours:
    """Those who answer."""

    tags_of: Callable[[Session, Collection[int]], Mapping[int, Sequence[int]]] = _none
    """The tags that questions have, by the questions' ids."""
    leads_to: Callable[[Session, Collection[int] | None], Mapping[int, int]] = _nowhere
    """Of these tags (None: of all) those that were merged, and into which."""
    checkers: Checkers = field(default_factory=dict)
    """What causes begin with → who knows whether they exist and stand."""


def init_app(app: Flask, neighbours: Neighbours) -> None:
    """Say who answers."""
    app.extensions[_KEY] = neighbours


def ask() -> Neighbours:
    """Those who answer in this application; nobody, where nothing was said."""
    found: Neighbours = current_app.extensions.get(_KEY) or Neighbours()
    return found
