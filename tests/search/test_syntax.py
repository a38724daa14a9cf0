"""Anything typed is legal; what is no syntax is text."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engine import Cursor, Facet, FacetFilter, Freshness, Mark, Query
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


@given(st.text(alphabet='ab"-: is:tag:due*«»', max_size=60))
def test_nothing_that_is_nearly_syntax_is_an_error(text: str) -> None:
    read(text, NOW)
