"""What is nearest, and how meaning and words become one order. No model, no database."""

import numpy as np
import pytest

from search.semantic.fusion import LEAST_NEARNESS, LEAST_WITH_WORDS, MEANING, WORDS, Near, fuse
from search.semantic.nearest import DIMENSIONS, LEAST_ROOM, Matrix, pack

LIMIT = 10


def unit(count: int, seed: int = 1) -> "np.typing.NDArray[np.float32]":
    rows = np.random.default_rng(seed).standard_normal((count, DIMENSIONS), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def test_the_nearest_are_those_of_plain_arithmetic() -> None:
    """Through growth, replacing and removing, each of which moves rows about."""
    rows, asked = unit(LEAST_ROOM * 2), unit(1, seed=2)[0]
    matrix = Matrix()
    packed = dict(enumerate(pack(rows), start=1))
    for start in range(1, len(rows) + 1, 300):
        matrix.put({number: packed[number] for number in range(start, min(start + 300, len(rows) + 1))})
    replaced = unit(1, seed=3)
    matrix.put({5: pack(replaced)[0], 9: b""})
    rows[4] = replaced[0]
    gone = {1, 9, 77, len(rows)}
    for _ in range(2):
        matrix.put(dict.fromkeys(gone, b""))
    assert len(matrix) == len(rows) - len(gone)
    exact = {number: float(row @ asked) for number, row in enumerate(rows.astype(np.float64), start=1) if number not in gone}
    found = matrix.nearest(asked, LIMIT, also=[5, 77])
    order = sorted(exact, key=lambda number: -exact[number])
    assert {near.question_id for near in found[:LIMIT]} <= set(order[: LIMIT + 2]), "bytes round, by less than a place or two"
    assert [near.question_id for near in found[LIMIT:]] == ([] if 5 in order[:LIMIT] else [5]), "and 77 is gone"
    assert all(near.nearness == pytest.approx(exact[near.question_id], abs=0.01) for near in found)
    assert found[:LIMIT] == sorted(found[:LIMIT], key=lambda near: -near.nearness)


def test_little_or_nothing_to_find() -> None:
    matrix = Matrix()
    assert matrix.nearest(unit(1)[0], LIMIT) == []
    assert matrix.vector_of(1) is None
    matrix.put({2: pack(unit(1))[0], 3: b""})
    assert [near.question_id for near in matrix.nearest(unit(1)[0], LIMIT, also=[3])] == [2]


def test_meaning_decides_and_words_settle_what_it_leaves_open() -> None:
    near = [Near(1, 0.9), Near(2, 0.6), Near(3, 0.59)]
    assert [one.question_id for one in fuse(near, {3: 40.0, 2: 1.0})] == [1, 3, 2]
    assert fuse(near, {3: 40.0})[1].score == pytest.approx(MEANING * 0.59 + WORDS)


def test_what_is_far_is_left_out_unless_words_or_a_code_bring_it() -> None:
    far = (LEAST_NEARNESS + LEAST_WITH_WORDS) / 2
    near = [Near(1, far), Near(2, far), Near(3, -0.2), Near(4, LEAST_WITH_WORDS - 0.01)]
    assert [one.question_id for one in fuse(near, {2: 5.0, 4: 5.0}, with_code={3})] == [2, 3]
    assert [one.question_id for one in fuse(near, {7: 5.0})] == [7], "its vector is not computed yet"
    assert fuse([], {}) == []


def test_the_same_code_counts_more_than_much_the_same_words() -> None:
    near = [Near(1, 0.8), Near(2, 0.65)]
    assert [one.question_id for one in fuse(near, {1: 10.0, 2: 9.0}, with_code={2})] == [2, 1]


def test_equal_ones_keep_one_order() -> None:
    assert [one.question_id for one in fuse([Near(7, 0.5), Near(3, 0.5)], {})] == [3, 7]
