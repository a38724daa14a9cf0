"""All the rules over some people: what a night finds of those who gave something new."""

from collections.abc import Collection

from reputation.fairness import groups, one_to_one
from reputation.fairness.lines import DEFAULT, UNDER, Lines, place
from reputation.fairness.records import DOWN, UP, Found, Source


def detect(source: Source, people: Collection[int], lines: Lines = DEFAULT) -> list[Found]:
    """What of these people's votes and acceptances is over a line, the surest first. Groups are found whole, also those of whom
    only one is among `people`."""
    found = [
        *one_to_one.serial(source, UP, people),
        *one_to_one.serial(source, DOWN, people),
        *one_to_one.accepting(source, people),
        *groups.rings(source, people),
        *groups.signups(source, people),
        *groups.sleepers(source, people),
    ]
    over = [one for one in found if place(one.kind, one.score, lines) != UNDER]
    return sorted(over, key=lambda one: (-one.score, one.key))
