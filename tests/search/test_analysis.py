"""What counts as the same word, and what is quoted of a text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import MAX_TERM, analyse, phrase, places, query_terms
from search.engine import Fragment
from search.highlight import EXCERPT, excerpt, marked
from tests.search.stories import matches, plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("configuring", "Configured"),
        ("café", "CAFE"),
        ("cafe\u0301", "café"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("router’s", "router"),
        ("routers'", "router"),
        ("ＷＩＦＩ", "wifi"),  # noqa: RUF001 - full-width letters, as typed in Japan
        ("مُحَمَّد", "محمد"),
        ("ΟΔΟΣ", "οδος"),
    ],
)
def test_the_same_word(one: str, other: str) -> None:
    assert query_terms(one) == query_terms(other) != ()


@pytest.mark.parametrize(
    "code",
    ["0x80070057", "e_access-denied", "4.2.1", "wlan0", "802.11ac", "node.js", "c++", "c#", "00:1a:2b:3c:4d:5e", "192.168.0.1"],
)
def test_a_code_is_one_term(code: str) -> None:
    assert query_terms(f"error {code.upper()}, again") == ("error", code, "again")
    assert analyse(f"({code})").counts[code] == 1


def test_words_in_a_code_and_joined_words_are_found_too() -> None:
    assert {"e_access-denied", "access", "deni"} <= set(analyse("E_ACCESS-DENIED").counts)
    assert {"wi", "fi", "wifi"} <= set(analyse("Wi-Fi").counts)
    assert query_terms("wi-fi") == ("wi", "fi")


def test_vowel_signs_do_not_cut_a_word() -> None:
    assert len(query_terms("हिन्दी")) == 1


def test_stop_words_count_in_phrases_only() -> None:
    assert query_terms("the state of the art") == ("state", "art")
    assert phrase("State of the Art") in analyse("a state of the art router").sequence
    assert phrase("state art") not in analyse("a state of the art router").sequence
    assert phrase("…") == ""


def test_a_token_without_end_is_cut() -> None:
    (term,) = query_terms("a" * 10_000)
    assert len(term) <= MAX_TERM


@pytest.mark.parametrize("piece", ["word ", "a", "a-", "_", "é", "0x", "\x00", "a'", "ab:", "\u0301"])
def test_a_megabyte_of_anything_is_analysed_in_bounded_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    analyse(text)
    excerpt(text, frozenset({"word", "a"}))
    assert time.process_time() - began < 1.5


def test_joined_words_are_marked_by_what_finds_them() -> None:
    for text, term, marked_text in (
        ("My Wi-Fi is slow", "wifi", "Wi-Fi"),
        ("I don't know", "dont", "don't"),
        ("says E_ACCESS-DENIED twice", "access", "E_ACCESS-DENIED"),
        ("says E_ACCESS-DENIED twice", "deni", "E_ACCESS-DENIED"),
        ("He denies it", "deni", "denies"),
        ("filing happily", "file", "filing"),
        ("filing happily", "happili", "happily"),
        ("Wi-Fi wi-fi", "fi", "Wi-Fi"),
        ("the visibility of", "visibl", "visibility"),
        ("many ways", "wai", "ways"),
    ):
        (start, end), *_ = places(text, frozenset({term}))
        assert text[start:end] == marked_text


@given(st.text(alphabet="ab-' _.eéi1", max_size=80))
def test_the_quick_way_finds_what_reading_every_word_finds(text: str) -> None:
    """The letter in front makes the text take the slow way."""
    for term in analyse(text).counts:
        slow = [(start - 2, end - 2) for start, end in places("é " + text, frozenset({term})) if start >= 2]
        assert places(text, frozenset({term})) == slow


@given(st.text(max_size=300))
def test_what_is_searched_is_found_where_it_was_written(text: str) -> None:
    counts = analyse(text).counts
    assert all(term in counts for term in query_terms(text))
    assert len(places(text, frozenset(counts))) >= (1 if counts else 0)
    assert phrase(text) in analyse(text).sequence or not phrase(text)


@given(st.text(max_size=400), st.frozensets(st.sampled_from(["a", "b", "é", "x-y"]), max_size=3))
def test_marking_changes_no_character(text: str, terms: frozenset[str]) -> None:
    assert plain(marked(text, terms)) == text
    assert all(fragment.text for fragment in marked(text, terms)) or text == ""


@given(st.text(max_size=2000), st.frozensets(st.text(min_size=1, max_size=5), max_size=3))
def test_an_excerpt_is_a_short_piece_of_the_text(text: str, terms: frozenset[str]) -> None:
    quoted = plain(excerpt(text, terms)).removeprefix("… ").removesuffix(" …")
    assert quoted in " ".join(text.split())
    assert len(quoted) <= EXCERPT + 40


def test_the_excerpt_shows_the_place_with_the_most_different_words() -> None:
    text = "router " * 20 + "filler " * 200 + "The router lost its firmware after denying the update. " + "filler " * 200
    quoted = excerpt(text, frozenset(query_terms("router firmware denied")))
    assert {"router", "firmware", "denying"} <= set(matches(quoted))
    assert quoted[0].text == "… "
    assert quoted[-1].text == " …"


def test_without_a_match_the_beginning_is_quoted() -> None:
    assert excerpt("Short text", frozenset()) == (Fragment("Short text", is_match=False),)
    assert plain(excerpt("word " * 200, frozenset({"zebra"}))).startswith("word word")
    assert excerpt("  ", frozenset({"zebra"})) == ()
