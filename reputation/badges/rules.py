"""The badges: rules as data. Pure; the pages print this table.

No badge is for raw volume. What a rule counts is a deed that somebody else has confirmed: an answer that was accepted, a report
that a check confirmed. What one person can do alone as often as they like (post, vote, comment, check) is no measure at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Grade(StrEnum):
    """How much a badge takes."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


class Heard(StrEnum):
    """Which message can bring a badge."""

    CHANGED = "question.changed"
    ACCEPTED = "answer.accepted"
    VERIFIED = "answer.verified"


@dataclass(frozen=True)
class Measure:
    """A kind of deed that rules count."""

    one: str
    many: str
    judge: str
    """Who else has to act before it counts."""
    heard: frozenset[Heard]
    """What can bring one more of it about."""


def _measure(one: str, many: str, judge: str, *heard: Heard) -> Measure:
    return Measure(one, many, judge, frozenset(heard))


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "upvoted_answers": _measure("answer voted up", "answers voted up", "readers who vote", Heard.CHANGED),
        "upvoted_questions": _measure("question voted up", "questions voted up", "readers who vote", Heard.CHANGED),
        "accepted_answers": _measure("accepted answer", "accepted answers", "the person who asked", Heard.ACCEPTED),
        "thanked_helpers": _measure(
            "answer of somebody else accepted", "answers of others accepted", "the person who answered", Heard.ACCEPTED
        ),
        "tags_helped": _measure(
            "tag with an accepted answer", "tags with an accepted answer", "the person who asked", Heard.ACCEPTED
        ),
        "tags_mastered": _measure("tag", "tags", "the person who asked", Heard.ACCEPTED),
        "newcomers_welcomed": _measure(
            "newcomer helped", "newcomers helped", "the newcomer, or readers who vote", Heard.ACCEPTED, Heard.CHANGED
        ),
        "finds": _measure("wrong answer found", "wrong answers found", "whoever checks it next", Heard.VERIFIED, Heard.ACCEPTED),
        "repairs": _measure("repair found right", "repairs found right", "whoever checks it next", Heard.VERIFIED),
        "reports": _measure("report confirmed", "reports confirmed", "whoever checks the answer", Heard.VERIFIED),
        "kept_answers": _measure(
            "accepted answer found still right", "accepted answers found still right", "whoever checks it", Heard.VERIFIED
        ),
        "kept_years": _measure("year", "years", "the person who asked, and whoever checks it", Heard.VERIFIED),
        "rescues": _measure(
            "expired answer brought back",
            "expired answers brought back",
            "a reader for whom it works, or whoever checks it next",
            Heard.VERIFIED,
            Heard.CHANGED,
        ),
        "successors": _measure(
            "answer in the place of an archived one",
            "answers in the place of archived ones",
            "whoever archived the other, and readers who accept or vote",
            Heard.CHANGED,
            Heard.ACCEPTED,
        ),
    }
)
"""Every deed that a rule may count. `community.badges.deeds` says where each is found."""


@dataclass(frozen=True)
class Rule:
    """One badge."""

    name: str
    """Its address, and what the book knows it by; never changed once it was awarded."""
    grade: Grade
    title: str
    words: str
    """What it is for, after "for"."""
    mark: str
    """The picture in the middle: a name in `templates/badges/_marks.html`."""
    measure: str
    goal: int = 1
    """How many deeds it takes; 1 for a badge of each deed."""
    least: int = 0
    """The score that a post has to have, where the measure is of votes."""
    each: str = ""
    """What it can be earned anew for: "answer", "question", "tag" or "year"; "" for once in a life."""

    @property
    def heard(self) -> frozenset[Heard]:
        return MEASURES[self.measure].heard


_B, _S, _G = Grade.BRONZE, Grade.SILVER, Grade.GOLD

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            # First steps, each seen by somebody else.
            Rule("good-start", _B, "Good start", "a first answer that somebody voted up", "tick", "upvoted_answers", least=1),
            Rule("solved-it", _B, "Solved it", "a first accepted answer", "tick", "accepted_answers"),
            Rule("well-asked", _B, "Well asked", "a first question that somebody voted up", "ask", "upvoted_questions", least=1),
            Rule("closed-loop", _B, "Closed loop", "accepting somebody’s answer for the first time", "ask", "thanked_helpers"),
            Rule("welcome", _B, "Welcome", "helping a newcomer with their first question, before others", "door",
                 "newcomers_welcomed"),
            Rule("sharp-eye", _B, "Sharp eye", "a first report that an answer no longer works, confirmed by a check", "eye",
                 "reports"),
            Rule("first-find", _B, "First find", "a first wrong answer found in a check, confirmed by somebody else", "lens",
                 "finds"),
            Rule("first-repair", _B, "First repair", "a first repair that somebody else found right", "mend", "repairs"),
            Rule("still-good", _B, "Still good", "a first accepted answer that a check found still right", "clock",
                 "kept_answers"),
            Rule("well-put", _B, "Well put", "an answer with a score of 5", "tick", "upvoted_answers", least=5, each="answer"),
            # Helpfulness that lasts.
            Rule("right-hand", _S, "Right hand", "10 accepted answers", "tick", "accepted_answers", goal=10),
            Rule("good-answer", _S, "Good answer", "an answer with a score of 10", "tick", "upvoted_answers", least=10,
                 each="answer"),
            Rule("good-question", _S, "Good question", "a question with a score of 10", "ask", "upvoted_questions", least=10,
                 each="question"),
            Rule("broad", _S, "Broad", "accepted answers in 5 tags", "tags", "tags_helped", goal=5),
            Rule("at-home", _S, "At home", "10 accepted answers in one tag", "tags", "tags_mastered", least=10, each="tag"),
            Rule("host", _S, "Host", "helping 10 newcomers with their first questions, before others", "door",
                 "newcomers_welcomed", goal=10),
            Rule("look-out", _S, "Look-out", "10 reports that checks confirmed", "eye", "reports", goal=10),
            Rule("finder", _S, "Finder", "10 wrong answers found in checks, confirmed by others", "lens", "finds", goal=10),
            Rule("mender", _S, "Mender", "10 repairs that others found right", "mend", "repairs", goal=10),
            Rule("keeper", _S, "Keeper", "5 accepted answers that checks found still right", "clock", "kept_answers", goal=5),
            Rule("rescuer", _S, "Rescuer",
                 "bringing back an expired answer that then works for a reader, or is found right again", "ring", "rescues",
                 each="answer"),
            Rule("new-for-old", _S, "New for old",
                 "an answer that took the place of somebody’s archived one, and was accepted or voted up", "ring", "successors",
                 each="answer"),
            # What takes years.
            Rule("mainstay", _G, "Mainstay", "50 accepted answers", "tick", "accepted_answers", goal=50),
            Rule("great-answer", _G, "Great answer", "an answer with a score of 25", "tick", "upvoted_answers", least=25,
                 each="answer"),
            Rule("evergreen", _G, "Evergreen", "an accepted answer that checks have kept current for a whole year", "clock",
                 "kept_years", each="year"),
            Rule("all-round", _G, "All-round", "accepted answers in 15 tags", "tags", "tags_helped", goal=15),
            Rule("inspector", _G, "Inspector", "50 wrong answers found in checks, confirmed by others", "lens", "finds", goal=50),
            Rule("lifesaver", _G, "Lifesaver", "10 expired answers brought back", "ring", "rescues", goal=10),
        )
    }
)  # fmt: skip
"""Every badge by its name, in the order in which the pages list them."""


def heard_by(message: Heard) -> tuple[Rule, ...]:
    """The rules that a message may bring a badge of."""
    return tuple(rule for rule in RULES.values() if message in rule.heard)


def progress_words(rule: Rule, done: int) -> str:
    """As "3 of 10 accepted answers"; "" where there is nothing to count towards: a single deed, or one badge for each."""
    if rule.each or rule.goal < 2:  # noqa: PLR2004 - one deed is no way to go
        return ""
    return f"{min(done, rule.goal)} of {rule.goal} {MEASURES[rule.measure].many}"
