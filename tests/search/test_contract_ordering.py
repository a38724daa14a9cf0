"""Dates, orders, pages and counts, which are the same for every engine."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from search.engine import Cursor, Facet, FacetFilter, Freshness, Mark, Query, SearchEngine, Sort
from tests.search.stories import NOW, answer, day, fill, found, question, words


@pytest.fixture(autouse=True)
def forum(engine: SearchEngine) -> None:
    """Asked from the first to the last, active in another order, and liked in a third one."""
    fill(
        engine,
        question(5, "Router drops the line", created_at=day(-40), activity_at=day(-1), votes=2, tags=("router", "line")),
        answer(51, 5, "Restart the router."),
        answer(52, 5, "Throw the router away.", best_before=-400, expires=-35),
        question(3, "Router has no lamp", created_at=day(-30), activity_at=day(-20), votes=7, tags=("router", "lamp")),
        answer(31, 3, "Press the lamp.", best_before=-3),
        question(4, "Router whistles", created_at=day(-20), activity_at=day(-2), votes=-3, tags=("router",)),
        question(1, "Line is slow", "It is the router.", created_at=day(-10), activity_at=day(-10), votes=2, tags=("line",)),
        answer(11, 1, "Wait for the router."),
        answer(12, 1, "An old trick", archived=True),
        question(2, "Voicemail is full", created_at=day(-5), tags=("voicemail",)),
    )


ORDERS = {Sort.NEWEST: [1, 4, 3, 5], Sort.ACTIVE: [5, 4, 1, 3], Sort.VOTES: [3, 5, 1, 4]}


def test_every_order_with_words_and_without(engine: SearchEngine) -> None:
    without_words = Query(now=NOW, facets=(FacetFilter(Facet.TAG, "voicemail", wanted=False),))
    for sort, order in ORDERS.items():
        assert found(engine.search(words("router", sort=sort))) == order, sort
        assert found(engine.search(replace(without_words, sort=sort))) == order, sort
        some = engine.search(words("router line zanzibar", sort=sort))
        assert (some.relaxed, found(some)) == (True, [number for number in order if number in {1, 5}])
    assert found(engine.search(words("router"))) != found(engine.search(words("router", sort=Sort.NEWEST)))
    assert found(engine.search(without_words)) == ORDERS[Sort.ACTIVE]


def test_dates_are_of_the_question_and_end_before_the_day(engine: SearchEngine) -> None:
    for narrowing, numbers in (
        ({"asked_from": day(-30)}, {1, 3, 4}),
        ({"asked_until": day(-20)}, {3, 5}),
        ({"asked_from": day(-30), "asked_until": day(-10)}, {3, 4}),
        ({"asked_from": day(-10), "asked_until": day(-30)}, set()),
    ):
        for sort in Sort:
            query = words("router", sort=sort, **narrowing)
            assert set(found(engine.search(query))) == numbers, query
            without_words = replace(query, words=(), facets=(FacetFilter(Facet.TAG, "voicemail", wanted=False),))
            assert set(found(engine.search(without_words))) == numbers, without_words
    assert found(engine.search(Query(now=NOW, asked_from=day(-5)))) == [2], "a date alone is enough"
    assert found(engine.search(words("line lamp zanzibar", asked_from=day(-20)))) == [1]


def test_what_is_found_is_counted_by_tag_and_by_state(engine: SearchEngine) -> None:
    for sort in Sort:
        counts = engine.search(words("router", counting=True, sort=sort, limit=1)).counts
        assert counts is not None
        assert (counts.questions, counts.is_all) == (4, True)
        assert counts.tags == (("router", 3), ("line", 2), ("lamp", 1))
        assert counts.states == ((Freshness.CURRENT, 2), (Freshness.DUE, 1), (Freshness.EXPIRED, 1), (Freshness.ARCHIVED, 1))
        for tag, count in counts.tags:
            assert len(found(engine.search(words("router", facets=(FacetFilter(Facet.TAG, tag),))))) == count
        for state, count in counts.states[:2]:
            assert len(found(engine.search(words("router", states=frozenset({state}))))) == count
    assert engine.search(words("router")).counts is None, "what nobody asked for is not counted"
    query = words("router", counting=True, without=("whistles",), without_states=frozenset({Freshness.EXPIRED}))
    counts = engine.search(query).counts
    assert counts is not None
    assert (counts.questions, counts.tags) == (2, (("lamp", 1), ("line", 1), ("router", 1)))
    some = engine.search(words("router line zanzibar", counting=True)).counts
    assert some is not None
    assert some.questions == 2
    nothing = engine.search(words("zanzibar", counting=True)).counts
    assert nothing is None or (nothing.questions, nothing.tags, nothing.states) == (0, (), ())


def pages(engine: SearchEngine, query: Query) -> Iterator[list[int]]:
    """The numbers of every page, with the counts the same on each."""
    results = engine.search(query)
    first = results.counts
    while True:
        yield found(results)
        assert results.counts == first
        if results.more is None:
            return
        assert results.hits, "a page that leads on shows something"
        results = engine.search(replace(query, after=results.more))


def test_pages_have_everything_once_under_every_order(engine: SearchEngine) -> None:
    """Many are asked at the same moment and have the same votes."""
    engine.replace(
        range(200, 260),
        [
            question(number, f"Printer jams {'again ' * (number % 7)}", votes=number % 5 - 2, created_at=day(number % 6 - 10))
            for number in range(200, 260)
        ],
    )
    for sort in Sort:
        for query in (
            words("printer", limit=7, sort=sort, counting=True),
            words("printer zanzibar", limit=7, sort=sort, counting=True),
            Query(now=NOW, limit=7, sort=sort, counting=True, marks=frozenset({Mark.UNANSWERED}), without=("voicemail",)),
        ):
            every = found(engine.search(replace(query, limit=100)))
            seen = [number for page in pages(engine, query) for number in page]
            assert seen == every, query
            assert len(set(seen)) == len(seen) >= 60


def test_a_cursor_that_no_page_gave_is_no_error(engine: SearchEngine) -> None:
    for score in (0.0, -5.0, 1e300, -1e300, 2.0**63, 12345.678):
        for sort in Sort:
            for query in (words("router", sort=sort), Query(now=NOW, marks=frozenset({Mark.UNANSWERED}), sort=sort)):
                for part in (0, 9):
                    results = engine.search(replace(query, after=Cursor(score, 2**31 - 1, part)))
                    assert set(found(results)) <= {1, 2, 3, 4, 5}
