"""What every engine has to find, and what never."""

from datetime import timedelta
from typing import Any

import pytest

from search.engine import Facet, FacetFilter, Freshness, Mark, Query, SearchEngine
from tests.search.stories import NOW, answer, day, fill, found, matches, plain, question, words


@pytest.fixture(autouse=True)
def forum(engine: SearchEngine) -> None:
    fill(
        engine,
        question(1, "Roaming stops after the update", "No data in Spain since firmware 4.2.1", tags=("roaming", "esim"),
                 product="Mobile", release="4.2", author="Marta Ruiz"),
        answer(11, 1, "Switch the carrier to manual and restart.", accepted=True, author="Jonas Weber"),
        answer(12, 1, "Reinstall the profile.", best_before=-200, expires=-20),
        question(2, "Router drops wlan0 every night", "The log says E_ACCESS-DENIED and 0x80070057.", tags=("wifi",),
                 author="Jonas Weber", comments="Happens with a café network too."),
        answer(21, 2, "Update the router's firmware.", best_before=-3),
        question(3, "How do I cancel my contract?", "I would like to leave.", tags=("billing",), release="4.2"),
        question(4, "Voicemail is full", tags=("voicemail",)),
        answer(41, 4, "Delete old messages by dialling 5555.", best_before=-400, expires=-35),
        question(5, "Where is the voicemail PIN?", tags=("voicemail",)),
        answer(51, 5, "On the letter with the blue margin.", archived=True),
        answer(52, 5, "In the account, under security.", official=True),
    )  # fmt: skip


WORDS = {
    "roaming": [1],
    "spain": [1],
    "carrier": [1],
    "cancelling contracts": [3],
    "CANCEL Contract": [3],
    "esim": [1],
    "mobile": [1],
    "cafe": [2],
    "café": [2],
    "roaming carrier": [1],
    "wlan0": [2],
    "0x80070057": [2],
    "e_access-denied": [2],
    "access denied": [2],
    "4.2.1": [1],
    "router's": [2],
}


def test_words_are_found_where_they_are_written(engine: SearchEngine) -> None:
    results = {text: engine.search(words(text)) for text in WORDS}
    assert {text: found(result) for text, result in results.items()} == WORDS
    assert not any(result.relaxed for result in results.values())


def test_a_code_is_kept_whole_and_nothing_is_a_wildcard(engine: SearchEngine) -> None:
    for text in ("0x8007005", "wlan", "E_ACCESS", "4.2.10", "E_ACCESS-DENIE"):
        assert found(engine.search(words(text))) == [], text
    assert found(engine.search(words("roam*"))) == [1]


def test_all_words_may_be_spread_over_a_question_and_its_answer(engine: SearchEngine) -> None:
    (hit,) = engine.search(words("update manual spain")).hits
    assert (hit.question_id, hit.answer_id, hit.freshness) == (1, 11, Freshness.CURRENT)


def test_without_a_question_that_has_all_words_the_most_telling_ones_count(engine: SearchEngine) -> None:
    results = engine.search(words("roaming stops zanzibar"))
    assert (found(results), results.relaxed) == ([1], True)
    assert not engine.search(words("zanzibar")).hits


def test_words_of_nearly_all_texts_are_not_looked_for(engine: SearchEngine) -> None:
    assert engine.search(words("the of how")).only_common_words
    assert found(engine.search(words("the roaming"))) == [1]


def test_phrases_are_found_word_by_word_in_one_text(engine: SearchEngine) -> None:
    assert found(engine.search(Query(now=NOW, phrases=("firmware 4.2.1",)))) == [1]
    assert found(engine.search(Query(now=NOW, phrases=("the carrier to manual",)))) == [1]
    assert found(engine.search(Query(now=NOW, phrases=("cancel my contract",)))) == [3]
    assert not engine.search(Query(now=NOW, phrases=("contract cancel",))).hits
    assert not engine.search(Query(now=NOW, phrases=("the update no data",))).hits, "the title's end and the text's beginning"


def test_what_is_excluded_is_excluded_with_its_answers(engine: SearchEngine) -> None:
    assert found(engine.search(words("firmware", without=("carrier",)))) == [2]
    assert found(engine.search(words("firmware", without=("to manual",)))) == [2]
    assert found(engine.search(words("firmware", without=("manual to",)))) == found(engine.search(words("firmware")))


def _by(facet: Facet, value: str, *, wanted: bool = True) -> Query:
    return Query(now=NOW, facets=(FacetFilter(facet, value, wanted),))


NARROWED = [
    (_by(Facet.TAG, "wifi"), {2}),
    (_by(Facet.TAG, "WiFi"), {2}),
    (_by(Facet.TAG, "wi"), set()),
    (_by(Facet.USER, "Jonas Weber"), {1, 2}),
    (_by(Facet.USER, "jonas"), {1, 2}),
    (_by(Facet.USER, "marta"), {1}),
    (_by(Facet.PRODUCT, "mobile"), {1}),
    (_by(Facet.RELEASE, "4.2"), {1, 3}),
    (_by(Facet.TAG, "voicemail", wanted=False), {1, 2, 3}),
    (Query(now=NOW, states=frozenset({Freshness.CURRENT})), {1, 5}),
    (Query(now=NOW, states=frozenset({Freshness.DUE})), {2}),
    (Query(now=NOW, states=frozenset({Freshness.EXPIRED})), {1, 4}),
    (Query(now=NOW, states=frozenset({Freshness.ARCHIVED})), {5}),
    (Query(now=NOW, states=frozenset({Freshness.DUE, Freshness.ARCHIVED})), {2, 5}),
    (Query(now=NOW, without_states=frozenset({Freshness.EXPIRED})), {2, 3, 5}),
    (Query(now=NOW, marks=frozenset({Mark.SOLVED})), {1}),
    (Query(now=NOW, marks=frozenset({Mark.UNANSWERED})), {3}),
    (Query(now=NOW, marks=frozenset({Mark.OFFICIAL})), {5}),
    (Query(now=NOW, without_marks=frozenset({Mark.UNANSWERED})), {1, 2, 4, 5}),
    (Query(now=NOW, marks=frozenset({Mark.OFFICIAL}), states=frozenset({Freshness.ARCHIVED})), set()),
    (words("voicemail", states=frozenset({Freshness.EXPIRED})), {4}),
    (words("firmware", facets=(FacetFilter(Facet.TAG, "wifi"),)), {2}),
]  # fmt: skip


def test_questions_are_narrowed(engine: SearchEngine) -> None:
    for query, numbers in NARROWED:
        assert set(found(engine.search(query))) == numbers, query


def test_expired_and_archived_answers_are_left_out_unless_asked_for(engine: SearchEngine) -> None:
    for text in ("dialling 5555", "blue margin", "reinstall profile"):
        assert not engine.search(words(text)).hits, text
    (hit,) = engine.search(words("dialling 5555", states=frozenset({Freshness.EXPIRED}))).hits
    assert (hit.question_id, hit.answer_id, hit.freshness) == (4, 41, Freshness.EXPIRED)
    (hit,) = engine.search(words("blue margin", states=frozenset({Freshness.ARCHIVED}))).hits
    assert (hit.question_id, hit.answer_id, hit.freshness) == (5, 51, Freshness.ARCHIVED)


def test_a_question_whose_answers_expired_is_found_without_an_answer(engine: SearchEngine) -> None:
    hit = next(hit for hit in engine.search(words("voicemail")).hits if hit.question_id == 4)
    assert (hit.answer_id, hit.freshness) == (None, None)


def test_time_alone_makes_an_answer_due_and_then_expired(engine: SearchEngine) -> None:
    """Nothing is written meanwhile: no sweep, no commit."""
    for days, state in ((89.99, Freshness.CURRENT), (90, Freshness.DUE), (454.99, Freshness.DUE)):
        (hit,) = engine.search(words("switch carrier", now=day(days))).hits
        assert (hit.answer_id, hit.freshness) == (11, state), days
    assert not engine.search(words("switch carrier", now=day(455))).hits
    assert not engine.search(Query(now=day(455), marks=frozenset({Mark.SOLVED}))).hits
    assert found(engine.search(words("switch carrier", now=day(455), states=frozenset({Freshness.EXPIRED})))) == [1]
    (hit,) = engine.search(words("switch carrier")).hits
    assert hit.freshness is Freshness.CURRENT, "and a search at an earlier moment still sees it as it was then"


def test_a_removed_post_is_never_found(engine: SearchEngine, new_engine: type[SearchEngine]) -> None:
    """Neither by an engine that searched before, nor by one that comes later, nor after further commits and a rebuild."""
    other = new_engine()
    assert found(other.search(words("carrier"))) == [1]
    engine.replace([1], [question(1, "Roaming stops after the update", "No data in Spain")])
    engine.replace([2], [])
    for number in range(100, 140):
        engine.replace([number], [question(number, f"Filler {number}"), answer(number, number, "Nothing to see")])
        for reader in (engine, other):
            assert not reader.search(words("carrier")).hits
            assert not reader.search(words("wlan0")).hits
            assert not reader.search(_by(Facet.USER, "jonas")).hits
            assert found(reader.search(words("roaming"))) == [1]
            assert not reader.similar("Router drops wlan0", 5, NOW).hits
    assert found(new_engine().search(words("roaming spain"))) == [1]


def test_one_result_per_question_with_its_best_answer(engine: SearchEngine) -> None:
    engine.replace([6], [
        question(6, "Battery drains overnight"),
        answer(61, 6, "The battery is old.", votes=2),
        answer(62, 6, "Battery: switch off always-on display.", accepted=True, votes=9),
        answer(63, 6, "Buy a new battery.", best_before=-1, votes=9),
        answer(64, 6, "A battery joke", best_before=-99, expires=-2, votes=200),
    ])  # fmt: skip
    (hit,) = engine.search(words("battery")).hits
    assert (hit.question_id, hit.answer_id, hit.freshness) == (6, 62, Freshness.CURRENT)
    (hit,) = engine.search(words("battery", states=frozenset({Freshness.DUE}))).hits
    assert (hit.answer_id, hit.freshness) == (63, Freshness.DUE)
    (hit,) = engine.search(words("battery old")).hits
    assert hit.answer_id in {61, 62}
    assert matches(hit.title) == ["Battery"]


def test_what_is_found_is_quoted_in_pieces_never_in_html(engine: SearchEngine) -> None:
    body = "word " * 300 + "then <script>alert(1)</script> Zebra & zebras " + "word " * 300
    engine.replace(
        [7],
        [question(7, "Is <b>bold</b> & safe?", body)],
    )
    (hit,) = engine.search(words("bold zebra")).hits
    assert plain(hit.title) == "Is <b>bold</b> & safe?"
    assert matches(hit.title) == ["bold"]
    assert matches(hit.excerpt) == ["Zebra", "zebras"]
    assert "<script>alert(1)</script>" in plain(hit.excerpt)
    assert len(plain(hit.excerpt)) < 300
    assert hit.excerpt_answer_id is None


def test_the_excerpt_is_of_the_answer_when_the_answer_says_it(engine: SearchEngine) -> None:
    (hit,) = engine.search(words("roaming carrier")).hits
    assert hit.excerpt_answer_id == 11
    assert matches(hit.excerpt) == ["carrier"]


def test_hits_are_given_page_by_page_each_once(engine: SearchEngine) -> None:
    engine.replace(
        range(200, 260),
        [question(number, f"Printer jams {'again ' * (number % 7)}", votes=number % 5) for number in range(200, 260)],
    )
    for query in (words("printer", limit=7), Query(now=NOW, facets=(FacetFilter(Facet.TAG, "wifi", wanted=False),), limit=7)):
        seen: list[int] = []
        results = engine.search(query)
        everything = engine.search(Query(**{**vars(query), "limit": 100}))
        while True:
            seen += found(results)
            if results.more is None:
                break
            assert len(results.hits) == 7
            results = engine.search(Query(**{**vars(query), "after": results.more}))
        assert seen == found(everything)
        assert len(seen) == len(set(seen)) >= 60


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({}, {"best_before": -1}),
        ({"accepted": True}, {}),
        ({"official": True}, {}),
        ({"verified": True}, {}),
        ({"votes": 12}, {"votes": 1}),
        ({}, {"votes": -1}),
        ({"accepted": True}, {"best_before": -1, "accepted": True, "official": True}),
    ],
)
def test_of_two_equal_texts_the_better_answer_comes_first(
    engine: SearchEngine, better: dict[str, Any], worse: dict[str, Any]
) -> None:
    for first, second in ((better, worse), (worse, better)):
        engine.replace([8, 9], [
            question(8, "Tethering is blocked"), answer(81, 8, "Allow it in the tariff.", **first),
            question(9, "Tethering is blocked"), answer(91, 9, "Allow it in the tariff.", **second),
        ])  # fmt: skip
        assert found(engine.search(words("tethering")))[0] == (8 if first is better else 9)


def test_without_words_what_was_active_last_comes_first(engine: SearchEngine) -> None:
    engine.replace(
        [8, 9], [question(8, "Old", tags=("age",), activity_at=day(-9)), question(9, "New", tags=("age",), activity_at=day(-1))]
    )
    assert found(engine.search(_by(Facet.TAG, "age"))) == [9, 8]


def test_similar_questions_share_the_telling_words(engine: SearchEngine) -> None:
    assert found(engine.similar("My router keeps dropping at night, how can I stop it?", 3, NOW))[0] == 2
    assert found(engine.similar("Where do I find the PIN of my voicemail?", 3, NOW))[0] == 5
    assert not engine.similar("", 3, NOW).hits
    assert not engine.similar("how do I", 3, NOW).hits
    assert not engine.similar("Zanzibar quokka", 3, NOW).hits
    assert 2 not in found(engine.similar("Router drops wlan0 every night", 3, NOW, without=2))
    assert len(engine.similar("voicemail", 1, NOW).hits) == 1


def test_similar_questions_offer_no_expired_answer(engine: SearchEngine) -> None:
    hit = next(hit for hit in engine.similar("voicemail full", 5, NOW).hits if hit.question_id == 4)
    assert hit.answer_id is None
    later = engine.similar("Roaming stops after update", 5, NOW + timedelta(days=1000))
    assert all(hit.freshness is None for hit in later.hits)
