"""Anything typed is legal; what is no syntax is text."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import refining
from search.engine import Cursor, Facet, FacetFilter, Freshness, Mark, Query, Sort
from search.syntax import MAX_CHARACTERS, MAX_PARTS, Hint, Problem, read

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def _understood(text: str) -> Query:
    reading = read(text, NOW)
    assert reading.hints == ()
    return reading.query


def test_every_kind_of_part() -> None:
    query = _understood('roaming "data off" -iphone -"too old" tag:esim -tag:wifi user:"Ana Costa" product:mobile release:4.2')
    assert query == Query(
        now=NOW,
        words=("roaming",),
        phrases=("data off",),
        without=("iphone", "too old"),
        facets=(
            FacetFilter(Facet.TAG, "esim"),
            FacetFilter(Facet.TAG, "wifi", wanted=False),
            FacetFilter(Facet.USER, "Ana Costa"),
            FacetFilter(Facet.PRODUCT, "mobile"),
            FacetFilter(Facet.RELEASE, "4.2"),
        ),
    )


def test_every_state_and_mark() -> None:
    for state in Freshness:
        assert _understood(f"is:{state}").states == {state}
        assert _understood(f"-is:{state}").without_states == {state}
    for mark in Mark:
        assert _understood(f"IS:{mark.upper()}").marks == {mark}
        assert _understood(f"-is:{mark}").without_marks == {mark}
    assert _understood("is:due is:expired").states == {Freshness.DUE, Freshness.EXPIRED}
    assert _understood("is:fresh").states == {Freshness.CURRENT}


BERLIN = ZoneInfo("Europe/Berlin")
DATES = {
    "2026": "2026-01-01",
    "2026-05": "2026-05-01",
    "2026-5": "2026-05-01",
    "2026-05-17": "2026-05-17",
    "2026/05/17": "2026-05-17",
    "0d": "2026-11-22",
    "30d": "2026-10-23",
    "2w": "2026-11-08",
    "9m": "2026-02-22",
    "12M": "2025-11-22",
    "1y": "2025-11-22",
    "9999d": "1999-07-08",
    "9999w": "1970-01-01",
    "9999y": "1970-01-01",
}


def test_dates_are_days_of_the_site() -> None:
    """In Berlin it is the 22nd already; and each day begins at its midnight there, in summer and in winter."""
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    for typed, day in DATES.items():
        begins = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
        for name, negated in (("after", "-before"), ("before", "-after")):
            query = read(f"{name}:{typed}", late, zone=BERLIN).query
            assert query == read(f"{negated}:{typed}", late, zone=BERLIN).query
            assert (query.asked_from if name == "after" else query.asked_until) == begins, typed
            assert query.is_narrowed
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    assert read("after:1y", leap).query.asked_from == datetime(2027, 2, 28, tzinfo=UTC)


def test_of_several_dates_the_narrowest_count_and_of_several_orders_the_last() -> None:
    query = _understood("after:2026-05 before:2026-06 after:2025 before:1d sort:votes SORT:Newest")
    assert query.asked_from == datetime(2026, 5, 1, tzinfo=UTC)
    assert query.asked_until == datetime(2026, 6, 1, tzinfo=UTC)
    assert query.sort is Sort.NEWEST
    assert [_understood(f"sort:{sort}").sort for sort in Sort] == list(Sort)
    assert _understood("sort:votes").is_empty, "an order alone asks for nothing"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("e-sim wi-fi", ("e-sim", "wi-fi")),
        ("--reset", ("--reset",)),
        ("E_ACCESS-DENIED 0x80070057", ("E_ACCESS-DENIED", "0x80070057")),
        ("error:0x80070057", ("error 0x80070057",)),
        ("https://example.org/a", ("https://example.org/a",)),
        ("what?", ("what?",)),
        ("C++ c#", ("C++", "c#")),
        ("a\x00b\x1bc\u202ed\ud800e", ("a", "b", "c", "d", "e")),
        ("  ", ()),
        ('- -- : "" -"" \'\'', ()),
    ],
)
def test_what_looks_like_syntax_but_is_none(text: str, words: tuple[str, ...]) -> None:
    assert _understood(text) == Query(now=NOW, words=words)


@pytest.mark.parametrize("text", ['"data off"', "“data off”", "„data off“", "«data off»", '" data off "'])
def test_quotes_of_all_countries(text: str) -> None:
    assert _understood(text).phrases == ("data off",)


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("is:broken roaming", ("broken", "roaming"), Hint(Problem.UNKNOWN_STATE, "is:broken")),
        ("colour:red", ("colour red",), Hint(Problem.UNKNOWN_NAME, "colour")),
        ('"data off tag', ("data", "off", "tag"), Hint(Problem.OPEN_QUOTE)),
        ("tag:", ("tag:",), Hint(Problem.NO_VALUE, "tag:")),
        ('tag:""', (), Hint(Problem.NO_VALUE, 'tag:""')),
        ("rout*", ("rout*",), Hint(Problem.WILDCARD, "rout*")),
        ("r?uter", ("r?uter",), Hint(Problem.WILDCARD, "r?uter")),
        ("after:soon", ("after soon",), Hint(Problem.UNKNOWN_DATE, "after:soon")),
        ("before:2026-02-30", ("before 2026-02-30",), Hint(Problem.UNKNOWN_DATE, "before:2026-02-30")),
        ("after:26", ("after 26",), Hint(Problem.UNKNOWN_DATE, "after:26")),
        ("after:0000", ("after 0000",), Hint(Problem.UNKNOWN_DATE, "after:0000")),
        ("after:٢٠٢٦", ("after ٢٠٢٦",), Hint(Problem.UNKNOWN_DATE, "after:٢٠٢٦")),
        ("before:", ("before:",), Hint(Problem.NO_VALUE, "before:")),
        ("sort:best", ("best",), Hint(Problem.UNKNOWN_SORT, "sort:best")),
    ],
)
def test_bad_syntax_is_searched_as_text_with_a_hint(text: str, words: tuple[str, ...], hint: Hint) -> None:
    reading = read(text, NOW)
    assert (reading.query.words, reading.hints) == (words, (hint,))


def test_an_open_quote_leaves_the_rest_as_it_is() -> None:
    reading = read('router "keeps tag:wifi', NOW)
    assert reading.query.facets == (FacetFilter(Facet.TAG, "wifi"),)


def test_long_input_is_cut_and_told() -> None:
    reading = read("roaming " * 5, NOW)
    assert not reading.hints
    reading = read("word" * MAX_CHARACTERS, NOW)
    assert reading.hints == (Hint(Problem.TOO_LONG),)
    assert len(reading.query.words[0]) == 100
    reading = read("a " * (MAX_PARTS + 1), NOW)
    assert (len(reading.query.words), reading.hints) == (MAX_PARTS, (Hint(Problem.TOO_MANY),))


@pytest.mark.parametrize("piece", ["x ", '"', "-", "tag:", "is:", "a*", "(a|b)+", "\x00", "“a", ".*", "%", "e\u0301"])
def test_ten_megabytes_of_anything_take_no_time(piece: str) -> None:
    text = piece * (10_000_000 // len(piece))
    began = time.process_time()
    read(text, NOW)
    assert time.process_time() - began < 0.1


def test_limit_and_cursor_go_through() -> None:
    query = read("roaming", NOW, limit=7, after=Cursor(1.5, 3)).query
    assert (query.limit, query.after) == (7, Cursor(1.5, 3))


@given(st.text(max_size=200))
def test_nothing_typed_is_an_error(text: str) -> None:
    reading = read(text, NOW)
    query = reading.query
    assert len(query.words) + len(query.phrases) + len(query.without) + len(query.facets) <= MAX_PARTS


NEARLY = st.lists(
    st.sampled_from(
        [
            "a",
            '"',
            "-",
            ":",
            " ",
            "is:",
            "tag:",
            "due",
            "wifi",
            "*",
            "«",
            "»",
            "is:fresh",
            " -tag:wifi",
            "sort:",
            "newest",
            "after:1y",
        ]
    ),
    max_size=40,
).map("".join)


@given(NEARLY)
def test_nothing_that_is_nearly_syntax_is_an_error(text: str) -> None:
    read(text, NOW)


@given(NEARLY | st.text(max_size=80) | st.just("word " * 300) | st.just("a " * 40))
def test_a_press_narrows_what_was_typed_and_another_one_takes_it_back(text: str) -> None:
    wifi = FacetFilter(Facet.TAG, "wifi")
    narrowed = refining.with_tag(text, "wifi")
    assert wifi in read(narrowed, NOW).query.facets
    if len(narrowed) <= MAX_CHARACTERS:
        assert refining.with_tag(narrowed, "wifi") == narrowed
    assert wifi not in read(refining.without_tag(narrowed, "WIFI"), NOW).query.facets
    asked = refining.with_state(text, Freshness.DUE)
    assert read(asked, NOW).query.states == {Freshness.DUE}
    assert Freshness.DUE not in read(asked, NOW).query.without_states
    assert not read(refining.without_state(asked, Freshness.DUE), NOW).query.states
    assert read(refining.sorted_by(text, Sort.VOTES), NOW).query.sort is Sort.VOTES
    assert read(refining.sorted_by(text, Sort.RELEVANCE), NOW).query.sort is Sort.RELEVANCE


def test_a_press_leaves_the_rest_as_it_was_typed() -> None:
    typed = 'router "data off" tag:WiFi -tag:esim is:fresh is:solved -is:expired sort:newest after:30d'
    assert (
        refining.without_tag(typed, "wifi") == 'router "data off" -tag:esim is:fresh is:solved -is:expired sort:newest after:30d'
    )
    assert refining.with_state("line is:fresh is:solved -is:expired", Freshness.DUE) == "line is:solved -is:expired is:due"
    assert refining.with_state("line -is:due", Freshness.DUE) == "line is:due"
    assert refining.with_tag("line -tag:wifi", "wifi") == "line tag:wifi"
    assert refining.sorted_by(typed, Sort.ACTIVE).endswith("after:30d sort:active")
    assert refining.sorted_by("line sort:active", Sort.RELEVANCE) == "line"
