"""Beliefs about many answers at once: a `Belief` whose fields are columns, on the product's own functions."""

from dataclasses import fields
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from community.freshness.belief import Belief, Ops

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]


def _where(condition: Any, yes: Any, no: Any) -> Any:  # noqa: ANN401 - columns or numbers, as numpy takes them
    return np.where(condition, yes, no)


ARRAYS = Ops(np.exp, np.log, np.minimum, np.maximum, _where)
"""For columns."""

FIELDS = [field.name for field in fields(Belief)]


def column(value: object) -> Numbers:
    """A field of a belief about many, as the column that it is."""
    return cast("Numbers", value)


def given(value: Any) -> float:  # noqa: ANN401 - a column, where the belief's functions say float for either kind
    """A column, as the belief's functions take it."""
    return cast("float", value)


def full(belief: Belief, count: int) -> Belief:
    """With a column of its own in every field, also where the belief has one number for all."""
    return Belief(**{name: given(np.broadcast_to(getattr(belief, name), count).astype(np.float64)) for name in FIELDS})


def take(belief: Belief, rows: Rows | Flags) -> Belief:
    """Of some answers."""
    return Belief(**{name: getattr(belief, name)[rows] for name in FIELDS})


def put(belief: Belief, rows: Rows | Flags, new: Belief) -> None:
    """Set what is believed of some answers."""
    for name in FIELDS:
        getattr(belief, name)[rows] = getattr(new, name)
