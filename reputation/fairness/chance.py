"""What chance and shared tags would give: how many of a person's votes one author should have got, and how unlikely more are.

A vote under some tags goes to an author with the author's share there: of what others gave in the window, and, where they gave
little, of what there is to vote on. People have favourites, so counts scatter more than chance alone would have it: they are
taken as negative binomial, a Poisson count whose mean varies from person to person (Greenwood and Yule, 1920).
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from reputation.fairness.records import Given, Posts, Tallies

TASTE = 1.5
"""Shape of the gamma distribution by which favour varies: the smaller, the more of one author's votes may be plain liking."""
BASE = 0.25
"""Votes for one author that are expected of anybody."""
PRIOR = 6.0
"""What there is to vote on weighs as much as so many votes of others under a tag."""


def expected(given: Sequence[Given], to: int, tallies: Tallies, posts: Posts, without: Iterable[Given] = ()) -> float:
    """How many of these votes the author should have got; `without`: whose votes say nothing about the author's share, the
    person's own and those of everybody suspected together with them."""
    own_tags: dict[int, float] = {}
    own_author: dict[int, float] = {}
    for one in without:
        for tag in one.tags:
            own_tags[tag] = own_tags.get(tag, 0.0) + 1
            if one.to == to:
                own_author[tag] = own_author.get(tag, 0.0) + 1
    total = 0.0
    for one in given:
        shares = [
            _share(
                tallies.authors.get((tag, to), 0.0) - own_author.get(tag, 0.0),
                tallies.tags.get(tag, 0.0) - own_tags.get(tag, 0.0),
                posts.authors.get((tag, to), 0.0),
                posts.tags.get(tag, 0.0),
            )
            for tag in one.tags
        ]
        total += sum(shares) / len(shares) if shares else 0.0
    return total


def _share(votes: float, of_votes: float, posts: float, of_posts: float) -> float:
    writes = min(1.0, posts / of_posts) if of_posts > 0 else 0.0
    return min(1.0, (max(0.0, votes) + PRIOR * writes) / (max(0.0, of_votes) + PRIOR))


def surprise(count: int, mean: float, people: int = 1) -> float:
    """-log10 of the chance of so many or more where `mean` are expected of `people` givers; 0 where it is no surprise."""
    return _surprise(count, round(mean + BASE * people, 3), TASTE * people)


@lru_cache(maxsize=65536)
def _surprise(count: int, mean: float, shape: float) -> float:
    if count <= mean:
        return 0.0
    log_p, log_q = math.log(mean / (shape + mean)), math.log(shape / (shape + mean))
    term = math.exp(shape * log_q - math.lgamma(shape) + math.lgamma(count + shape) - math.lgamma(count + 1) + count * log_p)
    tail, k = 0.0, count
    while term > tail * 1e-9 and k < count + 4000:  # the terms fall off as a geometric series
        tail += term
        k += 1
        term *= (k - 1 + shape) / k * mean / (shape + mean)
    return -math.log10(tail) if tail > 0 else 300.0


def odds(count: int, of: int, usual: float) -> float:
    """-log10 of the chance of `count` or more of `of`, where each has the chance `usual`; 0 where it is no surprise."""
    if not of or count <= usual * of:
        return 0.0
    tail = sum(math.comb(of, k) * usual**k * (1 - usual) ** (of - k) for k in range(count, of + 1))
    return -math.log10(tail)
