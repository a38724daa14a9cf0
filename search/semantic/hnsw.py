"""What is nearest by PostgreSQL's own index (`search.semantic.near_index`). A process keeps nothing in memory.

The index's order is approximate; how near each of what it brings is, is computed exactly from the bytes.
"""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import bindparam, text

from app.db import db
from search.semantic.fusion import Near
from search.semantic.meaning import MODEL
from search.semantic.near_index import BYTES, VECTOR
from search.semantic.weights import Floats

CANDIDATES = 2
"""The search looks at so many times what is asked for, which makes it miss less (pgvector's hnsw.ef_search)."""
MOST_CANDIDATES = 1_000
"""Pgvector allows no more."""

_LOOK_AT = text("SELECT set_config('hnsw.ef_search', :candidates, true)")
_NEAREST = text(
    f"SELECT question_id, model, vector FROM question_vectors WHERE octet_length(vector) = {BYTES}"  # noqa: S608 - constants
    f" ORDER BY {VECTOR} <=> CAST(:vector AS halfvec({BYTES})) LIMIT :limit"
)
_THESE = text(
    f"SELECT question_id, model, vector FROM question_vectors WHERE octet_length(vector) = {BYTES} AND question_id IN :ids"  # noqa: S608 - constants
).bindparams(bindparam("ids", expanding=True))


class Hnsw:
    """The vectors as the database's index orders them."""

    def take_in(self, *, everything: bool = False) -> None:
        """Nothing to do: the index is in step."""

    def nearest(self, vector: Floats, limit: int, also: Sequence[int] = ()) -> list[Near]:
        """About the `limit` nearest to `vector`, nearest first, and after them those of `also` that are not among them."""
        session = db.session()
        session.execute(_LOOK_AT, {"candidates": str(min(limit * CANDIDATES, MOST_CANDIDATES))})
        rows = session.execute(_NEAREST, {"vector": str(vector.tolist()), "limit": limit}).all()
        found = _near(vector, [(row.question_id, row.vector) for row in rows if row.model == MODEL])
        others = sorted(set(also) - {near.question_id for near in found})
        if others:
            more = session.execute(_THESE, {"ids": others})
            found += _near(vector, [(row.question_id, row.vector) for row in more if row.model == MODEL])
        return found

    def vector_of(self, question_id: int) -> Floats | None:
        """The vector of a question, of length one; None where there is none."""
        row = db.session.execute(_THESE, {"ids": [question_id]}).one_or_none()
        return _floats([row.vector])[0] if row is not None and row.model == MODEL else None


def _near(vector: Floats, rows: Sequence[tuple[int, bytes]]) -> list[Near]:
    if not rows:
        return []
    cosines = _floats([stored for _, stored in rows]) @ vector
    found = [Near(question_id, float(cosine)) for (question_id, _), cosine in zip(rows, cosines, strict=True)]
    return sorted(found, key=lambda near: (-near.nearness, near.question_id))


def _floats(packed: Sequence[bytes]) -> Floats:
    values = np.frombuffer(b"".join(packed), dtype=np.int8).reshape(-1, BYTES).astype(np.float32)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    unit: Floats = values / np.maximum(lengths, np.float32(1))
    return unit
