"""One person and one author: serial votes, up or down, and acceptances again and again."""

from collections.abc import Collection, Iterable, Iterator

from reputation.fairness.chance import expected, odds, surprise
from reputation.fairness.records import ACCEPT, DOWN, UP, Found, Given, Source

LEAST = {UP: 6, DOWN: 3, ACCEPT: 3}
"""Fewer of one person's to one author are nobody's business."""
RUSH = 1 / 24
"""Votes for one author within an hour are a rush; who reads a thread casts two or three of them."""
IN_A_RUSH = 4
QUICK = 1 / 24
FEW_VIEWS = 0.4
"""Of what is usual."""
USUALLY_QUICK, USUALLY_FEW, USUALLY_ALONE = 0.2, 0.3, 0.5
"""Shares of honest acceptances that come within an hour, under a question that few read, and with no other answer there."""


def serial(source: Source, kind: str, people: Collection[int]) -> Iterator[Found]:
    """Of these people: who votes an author up (or down) more than chance and shared tags explain."""
    wanted = list(source.pairs(kind, people, LEAST[kind]))
    given = source.given(kind, {by for by, _, _ in wanted})
    for by, to, _ in wanted:
        theirs = given.get(by, ())
        votes = [one for one in theirs if one.to == to]
        if len(votes) < LEAST[kind]:
            continue
        mean = _expected(source, kind, theirs, to)
        rush = rushed(votes)
        score = surprise(len(votes), mean)
        if score > 1:
            score += rush / len(votes)
        words = "up" if kind == UP else "down"
        yield Found(
            f"serial_{words}",
            score,
            (by,),
            (to,),
            votes=tuple(one.id for one in votes),
            evidence={"votes": len(votes), "of": len(theirs), "expected": round(mean, 2), "rushed": rush, **_span(votes)},
            reason=(
                f"{len(votes)} of {len(theirs)} votes {words} went to one author, where the tags would give {_about(mean)}"
                + (f"; {rush} of them came within an hour of three others." if rush else ".")
            ),
        )


def accepting(source: Source, people: Collection[int]) -> Iterator[Found]:
    """Of these people: who accepts one person's answers again and again, soon, where few look."""
    wanted = list(source.pairs(ACCEPT, people, LEAST[ACCEPT]))
    if not wanted:
        return
    given = source.given(ACCEPT, {by for by, _, _ in wanted})
    usual = source.usual_views()
    for by, to, _ in wanted:
        theirs = given.get(by, ())
        those = [one for one in theirs if one.to == to]
        if len(those) < LEAST[ACCEPT]:
            continue
        mean = _expected(source, ACCEPT, theirs, to)
        many = len(those)
        quick = sum(one.took <= QUICK for one in those)
        few = sum(one.views < FEW_VIEWS * usual for one in those)
        alone = sum(one.answers <= 1 for one in those)
        back = sum(count for one, _, count in source.pairs(ACCEPT, [to], 1) if one == to and _ == by)
        manner = odds(quick, many, USUALLY_QUICK) + odds(few, many, USUALLY_FEW) + odds(alone, many, USUALLY_ALONE)
        yield Found(
            "accepts",
            surprise(many, mean) + 0.5 * manner + min(back, many) / many,
            (by,),
            (to,),
            acceptances=tuple(one.id for one in those),
            evidence={
                "acceptances": many,
                "of": len(theirs),
                "expected": round(mean, 2),
                "quick": quick,
                "few_views": few,
                "alone": alone,
                "back": back,
                **_span(those),
            },
            reason=(
                f"{many} of {len(theirs)} acceptances went to one author, where the tags would give {_about(mean)}; "
                f"{quick} came within an hour, {few} under questions that hardly anybody read, {alone} with no other answer."
            ),
        )


def rushed(votes: Iterable[Given]) -> int:
    """How many of them came within an hour of at least three others."""
    times = sorted(one.at for one in votes)
    return sum(sum(abs(other - at) <= RUSH for other in times) >= IN_A_RUSH for at in times)


def _expected(source: Source, kind: str, theirs: Collection[Given], to: int) -> float:
    tags = {tag for one in theirs for tag in one.tags}
    return expected(list(theirs), to, source.tallies(kind, tags, [to]), source.posts(tags, [to]), theirs)


def _span(given: Collection[Given]) -> dict[str, float]:
    times = [one.at for one in given]
    return {"days": round(max(times) - min(times), 1)}


def _about(mean: float) -> str:
    return "fewer than one" if mean < 1 else f"about {mean:.0f}"


__all__ = ["LEAST", "accepting", "rushed", "serial"]
