"""How what is near in meaning and what shares words become one list. Pure: numbers in, numbers out.

    score = MEANING × how near + WORDS × share of the best match by words + CODE where a telling code is the same

On labelled duplicates meaning alone orders far better than words alone, and an equal part of each worse than meaning alone. So
words only settle what meaning leaves open, and bring in what the model cannot know: names and error codes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

MEANING = 1.0
WORDS = 0.08
CODE = 0.3
"""What the same error code or version is worth, where few questions have it."""
LEAST_NEARNESS = 0.4
"""Below it two titles have nothing to do with each other, unless they share words."""
LEAST_WITH_WORDS = 0.25
"""And below this the words they share mean something else. Of unrelated questions nine in ten are below 0.28, of the same ones
asked in other words one in a hundred is below 0.4 (StackFAQ)."""
DEPTH = 50
"""So many candidates meaning brings in."""
DEPTH_BY_WORDS = 20
"""And words: more cost time and change nothing (StackFAQ)."""
FEW = 10
"""A code that more questions have says nothing about any of them."""


class Near(NamedTuple):
    """A question and how near its title is: the cosine, between -1 and 1."""

    question_id: int
    nearness: float


class Fused(NamedTuple):
    """A question and its score; higher is better."""

    question_id: int
    score: float


def fuse(near: Iterable[Near], by_words: Mapping[int, float], with_code: Collection[int] = ()) -> Sequence[Fused]:
    """Best first; of equal ones the lower number. Nearness of what `near` leaves out is not known, as before it is computed."""
    best = max(by_words.values(), default=0.0)
    nearness = dict(near)
    scores = []
    for question_id in {*nearness, *by_words, *with_code}:
        cosine = max(nearness.get(question_id, 0.0), 0.0)
        least = LEAST_WITH_WORDS if question_id in by_words else LEAST_NEARNESS
        if question_id in nearness and cosine < least and question_id not in with_code:
            continue
        share = by_words.get(question_id, 0.0) / best if best > 0 else 0.0
        scores.append(Fused(question_id, MEANING * cosine + WORDS * share + CODE * (question_id in with_code)))
    return sorted(scores, key=lambda one: (-one.score, one.question_id))
