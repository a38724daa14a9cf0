"""Words that more questions have than an engine looks at one by one: what is best is found all the same."""

from dataclasses import replace

import pytest

from search.database_engine import find, fts5, tsearch
from search.database_engine.wanted import Term, telling
from search.engine import Facet, FacetFilter, Mark, Query, SearchEngine, Sort
from search.whoosh_engine import order
from tests.search.stories import NOW, answer, day, fill, found, question, words
from tests.search.test_contract_ordering import pages


@pytest.fixture(autouse=True)
def bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if these were a hundred thousand questions."""
    monkeypatch.setattr(find, "LOOKED_AT", 12)
    monkeypatch.setattr(find, "AGAIN", 60)
    monkeypatch.setattr(order, "COUNTED", 12)
    monkeypatch.setattr(fts5, "RANKED", 20)
    monkeypatch.setattr(tsearch, "RANKED", 20)
    monkeypatch.setattr(fts5.Fts5, "most", 20)
    monkeypatch.setattr(tsearch.Tsearch, "most", 20)


def test_those_with_the_words_in_the_title_come_first(engine: SearchEngine) -> None:
    plain = [question(number, f"Something else {number}", "The router and its line.") for number in range(10, 70)]
    fill(engine, question(1, "Router line"), question(2, "The line of a router"), *plain)
    assert set(found(engine.search(words("router line", limit=2)))) == {1, 2}
    assert set(found(engine.search(words("line", limit=2)))) == {1, 2}
    assert set(found(engine.similar("router line", 2, NOW))) == {1, 2}
    assert len(found(engine.search(words("router", limit=10)))) == 10


def test_what_expired_answers_say_hides_nothing_that_living_ones_say(engine: SearchEngine) -> None:
    living = [(question(number, f"Old title {number}"), answer(number, number, "Use the splitter.")) for number in range(1, 4)]
    over = [
        (question(number, f"Title {number}"), answer(number, number, "Use the splitter splitter.", best_before=-9, expires=-1))
        for number in range(10, 28)
    ]
    fill(engine, *(document for pair in (*living, *over) for document in pair))
    assert set(found(engine.search(words("splitter")))) == {1, 2, 3}


def test_without_words_pages_go_on_to_the_end(engine: SearchEngine) -> None:
    fill(engine, *(question(number, f"Title {number}", tags=("even" if number % 2 == 0 else "odd",)) for number in range(1, 71)))
    query = Query(now=NOW, facets=(FacetFilter(Facet.TAG, "even"), FacetFilter(Facet.TAG, "odd", wanted=False)), limit=8)
    seen: list[int] = []
    results = engine.search(query)
    while True:
        seen += found(results)
        if results.more is None:
            break
        results = engine.search(Query(**{**vars(query), "after": results.more}))
    assert seen == sorted(range(2, 71, 2), reverse=True)


def test_pages_go_on_beyond_what_is_looked_at_first(engine: SearchEngine) -> None:
    """Nothing is left out because it fits better than the full text thought, and nothing comes twice."""
    fill(
        engine,
        *(
            question(
                number,
                f"Title {number}",
                "Splitter. " + "Filler. " * (number % 9),
                votes=number * 7 % 50,
                created_at=day(-number),
            )
            for number in range(1, 51)
        ),
    )
    for sort in Sort:
        seen = [number for page in pages(engine, words("splitter", limit=5, sort=sort, counting=True)) for number in page]
        assert sorted(seen) == sorted(set(seen))
        assert len(seen) >= 20
        if sort is not Sort.RELEVANCE:
            assert len(seen) == 50
    counts = engine.search(words("splitter", counting=True)).counts
    assert counts is not None
    assert (counts.questions, counts.is_all) == (12, False)
    last = engine.search(words("splitter", limit=100))
    assert last.more is None
    assert last.cut or len(last.hits) == 50


def test_what_nobody_looked_at_is_not_said_to_be_missing(engine: SearchEngine) -> None:
    """By relevance the only official answer is among those left over; in another order everything is gone through."""
    many = [question(number, "Splitter line", "Splitter.", created_at=day(-1)) for number in range(100, 190)]
    fill(engine, question(1, "Title", "A splitter of the line."), answer(11, 1, "Replace it.", official=True), *many)
    query = words("splitter line", marks=frozenset({Mark.OFFICIAL}))
    best = engine.search(query)
    assert found(best) == [1] or (best.cut and not best.hits and not best.relaxed)
    assert found(engine.search(replace(query, sort=Sort.NEWEST))) == [1]


def test_dates_are_looked_for_among_all_and_not_among_the_best(engine: SearchEngine) -> None:
    many = [question(number, "Splitter splitter", "Splitter.", created_at=day(-1)) for number in range(100, 190)]
    fill(engine, question(1, "Title", "A splitter.", created_at=day(-500)), *many)
    for sort in Sort:
        assert found(engine.search(words("splitter", asked_until=day(-400), sort=sort))) == [1]


def test_rare_words_are_asked_for_alone_and_common_ones_together() -> None:
    rare, common, usual = Term(("rare",), 10, 5.0), Term(("common",), 5000, 2.0), Term(("usual",), 6000, 1.5)
    clauses = telling([rare, common, usual], 100_000, 2000)
    assert clauses == ((rare.part,), (common.part, usual.part))
    assert telling([rare], 100_000, 2000) == ((rare.part,),)
    most = telling([Term((f"w{place}",), 50_000, 1.0) for place in range(10)], 100_000, 2000)
    assert len(most) == 1, "what is everywhere is asked for three at a time"
    assert len(most[0]) == 3
