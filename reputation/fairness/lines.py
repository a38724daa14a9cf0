"""The lines: over the high one votes are reversed, between the two a moderator decides, under the low one nothing happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "serial_up": "one person votes one author up",
        "serial_down": "one person votes one author down",
        "ring": "a group votes for each other",
        "accepts": "one person accepts another’s answers again and again",
        "signups": "accounts that came together vote together",
        "sleepers": "accounts that only vote, for one author",
    }
)
"""What can be found, in words."""


@dataclass(frozen=True, slots=True)
class Line:
    """The two lines of a kind, as scores."""

    low: float
    high: float


Lines = Mapping[str, Line]

DEFAULT: Lines = MappingProxyType(
    {
        "serial_up": Line(5.0, 6.5),
        "serial_down": Line(2.0, 3.0),
        "ring": Line(4.0, 7.0),
        "accepts": Line(3.0, 4.7),
        "signups": Line(3.8, 5.2),
        "sleepers": Line(5.0, 7.0),
    }
)
"""Where a site has not set its own; found by the simulator (docs/fairness.md)."""

HIGH, LOW, UNDER = "high", "low", ""


def place(kind: str, score: float, lines: Lines = DEFAULT) -> str:
    """Over which line a score is."""
    line = lines.get(kind, DEFAULT[kind])
    return HIGH if score >= line.high else LOW if score >= line.low else UNDER
