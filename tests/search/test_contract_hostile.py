"""Whatever is typed and whatever is posted: an answer in bounded time, and never an error."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engine import Condition, Facet, FacetFilter, Query, Results, SearchEngine
from search.syntax import read
from tests.search.stories import NOW, answer, fill, found, question, words

SECONDS = 1.0
"""CPU that one query may take; the machine may be busy, the query is not."""

BOMBS = {
    "ten thousand words": " ".join(f"word{number}" for number in range(1700)),
    "the same word": "router " * 1500,
    "one long word": "a" * 10_000,
    "only stop words": "the of how is " * 700,
    "control characters": "".join(map(chr, range(1, 32))) * 300 + "\x00\x7f\u202e\ufeff",
    "halves of characters": "\ud800router\udfff" * 100,
    "quotes": '"' * 5000 + "'" * 5000,
    "open quotes": '"router ' * 1000,
    "wildcards": "*router* r?uter% _outer% " * 300,
    "expressions": "(a+)+$ (.*)* [a-z]{1,999999} \\b\\1 " * 250,
    "full text syntax": "router AND NOT (title:router OR NEAR(a b, 5)) ^router + - : {words} : router* <-> & | ! :* \\ ' " * 100,
    "SQL": "'; DROP TABLE search_index; -- ' OR 1=1 " * 200,
    "letters upon letters": "a" + "\u0301" * 9000,
    "without spaces": "検索機能が動かない" * 1000,
    "codes": "0x80070057 E_ACCESS-DENIED 4.2.1 00:1a:2b:3c:4d:5e " * 200,
}


@pytest.fixture(autouse=True)
def forum(engine: SearchEngine) -> None:
    fill(engine, question(1, "Router drops the line", "It is the router."), answer(11, 1, "Restart the router."))


def ask(engine: SearchEngine, text: str) -> list[Results]:
    """The text as everything a query can hold."""
    facets = tuple(FacetFilter(facet, text, wanted) for facet in Facet for wanted in (True, False))
    queries = (
        Query(now=NOW, words=(text,)),
        Query(now=NOW, phrases=(text,)),
        Query(now=NOW, words=("router",), without=(text,)),
        Query(now=NOW, words=("router", text), phrases=(text,)),
        Query(now=NOW, facets=facets),
        read(text, NOW).query,
    )
    return [*(engine.search(query) for query in queries), engine.similar(text, 5, NOW)]


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_ten_thousand_characters_of_anything_are_searched_in_bounded_time(engine: SearchEngine, name: str) -> None:
    began = time.process_time()
    results = ask(engine, BOMBS[name])
    assert time.process_time() - began < SECONDS * len(results)
    assert {result.condition for result in results} == {Condition.READY}
    assert found(engine.search(words("router"))) == [1]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.text(alphabet="ab\"'\\:*()^-+&|!<>{}[]%_=\n\0 ", max_size=60))
def test_no_text_is_an_error(engine: SearchEngine, text: str) -> None:
    assert {result.condition for result in ask(engine, text)} == {Condition.READY}


def test_posts_of_anything_are_kept_found_and_taken_out_again(engine: SearchEngine) -> None:
    for number, text in enumerate(BOMBS.values(), start=100):
        engine.replace([number], [question(number, f"{text[:200]} keeper{number}", text), answer(number, number, text)])
        assert found(engine.search(words(f"keeper{number}"))) == [number]
    assert engine.health().condition is Condition.READY
    for number in range(100, 100 + len(BOMBS)):
        engine.replace([number], [])
    health = engine.health()
    assert (health.condition, health.documents) == (Condition.READY, 2)
    assert found(engine.search(words("router"))) == [1]
