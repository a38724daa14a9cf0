"""Badges and ranks as rules: what they take, and what they never are for. Pure."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.jobs import AFTER_COMMIT
from community.badges.deeds import DEEDS
from community.badges.history import summary
from reputation.badges import ranks
from reputation.badges.kept import YEAR, kept_years
from reputation.badges.ranks import DEFAULTS, LOWEST, Rank
from reputation.badges.rules import MEASURES, RULES, Grade, Heard, Rule, heard_by, progress_words
from tests.source import ROOT

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


# --- the table ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_is_whole(rule: Rule) -> None:
    assert re.fullmatch("[a-z]+(-[a-z]+)*", rule.name), "it is an address"
    assert rule.goal == 1 or not rule.each, "a badge of each deed takes one"
    assert rule.least == 0 or rule.measure in {"upvoted_answers", "upvoted_questions", "tags_mastered"}
    assert rule.measure != "tags_mastered" or rule.each == "tag"
    assert f"'{rule.mark}':" in (ROOT / "templates" / "badges" / "_marks.html").read_text()
    number = max(rule.goal, rule.least)
    assert number == 1 or number < 2 or str(number) in rule.words, "the words say the number"
    assert rule.heard


def test_there_are_badges_of_three_grades() -> None:
    counted = Counter(rule.grade for rule in RULES.values())
    assert len(RULES) >= 25
    assert min(counted[grade] for grade in Grade) >= 5
    assert len({rule.title for rule in RULES.values()}) == len(RULES)


def test_every_measure_has_its_statement_and_its_judge() -> None:
    """No rule counts what one person does alone: each measure names who else has to act. That its statement keeps to it is tried
    in `test_badges_earning.py`."""
    assert set(DEEDS) == set(MEASURES) == {rule.measure for rule in RULES.values()}
    assert all(measure.judge for measure in MEASURES.values())


@pytest.mark.parametrize("heard", Heard)
def test_every_message_that_brings_badges_is_listened_to(heard: Heard) -> None:
    assert heard_by(heard)
    assert "badges" in [handler.name for handler in AFTER_COMMIT[heard]]


def test_progress_is_told_where_there_is_a_way_to_go() -> None:
    assert progress_words(RULES["right-hand"], 3) == "3 of 10 accepted answers"
    assert progress_words(RULES["right-hand"], 12) == "10 of 10 accepted answers"
    assert progress_words(RULES["solved-it"], 0) == ""
    assert progress_words(RULES["good-answer"], 0) == ""


def test_one_notice_sums_up() -> None:
    assert summary(["Solved it"]) == "Solved it"
    assert summary(["Solved it", "Rescuer", "Solved it"]) == "Solved it (2 times) and Rescuer"
    assert summary(["A", "B", "C", "D", "E"]) == "A, B, C and 2 more"


# --- kept for years -----------------------------------------------------------------------------------------------------


def told(checks: list[int], lapses: list[int]) -> list[tuple[int, int, int]]:
    found = kept_years(NOW, [NOW + DAY * day for day in checks], [NOW + DAY * day for day in lapses])
    return [((year.since - NOW).days, year.number, (year.at - NOW).days) for year in found]


@pytest.mark.parametrize(
    ("checks", "lapses", "years"),
    [
        ([], [], []),
        ([364], [], []),
        ([365], [], [(0, 1, 365)]),
        ([100, 400, 500, 731], [], [(0, 1, 400), (0, 2, 731)]),
        ([731], [], [(0, 1, 731), (0, 2, 731)]),
        ([100, 300, 400], [200], []),
        ([100, 300, 665], [200], [(300, 1, 665)]),
        ([400], [400], []),
        ([370, 500, 900], [450], [(0, 1, 370), (500, 1, 900)]),
    ],
)
def test_whole_years_without_a_gap(checks: list[int], lapses: list[int], years: list[tuple[int, int, int]]) -> None:
    assert told(checks, lapses) == years


@given(st.lists(st.integers(1, 2000)), st.lists(st.integers(1, 2000)))
def test_no_year_has_a_gap_and_none_overlaps(checks: list[int], lapses: list[int]) -> None:
    found = kept_years(NOW, [NOW + DAY * day for day in checks], [NOW + DAY * day for day in lapses])
    assert len({year.occasion for year in found}) == len(found)
    for year in found:
        begins, ends = year.since + (year.number - 1) * YEAR, year.since + year.number * YEAR
        assert ends <= year.at
        assert not any(begins < NOW + DAY * day <= year.at for day in lapses)


# --- ranks --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "rank", "above"),
    [(-200, "Newcomer", "Neighbour"), (49, "Newcomer", "Neighbour"), (50, "Neighbour", "Helper"), (10_000, "Pillar", None)],
)
def test_everybody_has_a_rank(points: int, rank: str, above: str | None) -> None:
    assert ranks.of(points).name == rank
    following = ranks.following(points)
    assert (following.name if following else None) == above


def test_what_an_admin_types_becomes_ranks() -> None:
    found, wrong = ranks.read([(" New  here ", ""), ("Regular", "1,000"), ("", ""), ("Old hand", "2000")])
    assert wrong == {}
    assert found == [Rank("New here", LOWEST), Rank("Regular", 1000), Rank("Old hand", 2000)]
    as_typed = [(rank.name, "" if rank.points == LOWEST else str(rank.points)) for rank in DEFAULTS]
    assert ranks.read(as_typed) == (list(DEFAULTS), {})


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ([("", ""), ("Regular", "10")], "name-0"),
        ([], "name-0"),
        ([("New", ""), ("", "10")], "name-1"),
        ([("New", ""), ("NEW", "10")], "name-1"),
        ([("New", ""), ("x" * 25, "10")], "name-1"),
        ([("New", ""), ("Regular", "many")], "points-1"),
        ([("New", ""), ("Regular", "0")], "points-1"),
        ([("New", ""), ("Regular", "10000001")], "points-1"),
        ([("New", ""), ("Regular", "10"), ("Guide", "10")], "points-2"),
        ([("New", ""), *((f"R{number}", str(number)) for number in range(1, 13))], ""),
    ],
)
def test_ranks_that_cannot_be(typed: list[tuple[str, str]], field: str) -> None:
    assert list(ranks.read(typed)[1]) == [field]
