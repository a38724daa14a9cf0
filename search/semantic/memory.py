"""All vectors of the database in this process's memory, taking in what changes there."""

import threading
from collections.abc import Sequence

from sqlalchemy import func, select, tuple_

from app.db import db
from search.semantic.fusion import Near
from search.semantic.meaning import MODEL
from search.semantic.models import QuestionVector
from search.semantic.nearest import Matrix
from search.semantic.weights import Floats

READ_AT_ONCE = 2_000
"""A request takes in so many changed vectors at most; the next one goes on."""


class Memory:
    """A matrix of them, and how far the changes were read."""

    def __init__(self) -> None:
        self._matrix = Matrix(db.session.scalar(select(func.count()).select_from(QuestionVector)) or 0)
        self._read_to = (0, 0)
        self._reading = threading.Lock()

    def take_in(self, *, everything: bool = False) -> None:
        """Read the vectors that have changed since; where there are none, one look into an index."""
        at = QuestionVector.change, QuestionVector.question_id
        with self._reading:
            while True:
                rows = db.session.execute(
                    select(*at, QuestionVector.model, QuestionVector.vector)
                    .where(tuple_(*at) > self._read_to)
                    .order_by(*at)
                    .limit(READ_AT_ONCE)
                ).all()
                self._matrix.put({row.question_id: row.vector if row.model == MODEL else b"" for row in rows})
                if rows:
                    self._read_to = (rows[-1].change, rows[-1].question_id)
                if len(rows) < READ_AT_ONCE or not everything:
                    return

    def nearest(self, vector: Floats, limit: int, also: Sequence[int] = ()) -> list[Near]:
        """The `limit` nearest to `vector`, nearest first, and after them those of `also` that are not among them."""
        return self._matrix.nearest(vector, limit, also)

    def vector_of(self, question_id: int) -> Floats | None:
        """The vector of a question, of length one; None where there is none."""
        return self._matrix.vector_of(question_id)
