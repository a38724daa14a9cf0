"""Words of other languages and scripts, and words that mean the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.config import SEARCH_LANGUAGES
from search.analysis import ENGLISH, language
from search.database_engine import DatabaseEngine
from search.engine import Condition, Query, SearchEngine
from search.highlight import marked
from search.synonyms import OURS, Reader, SynonymFile, Vocabulary, read
from search.whoosh_engine import WhooshEngine
from tests.search.engines import open_database
from tests.search.stories import NOW, answer, fill, found, matches, question, words


@pytest.mark.parametrize("code", SEARCH_LANGUAGES)
def test_every_language_that_can_be_set_is_known(code: str) -> None:
    spoken = language(code)
    (term,) = spoken.query_terms("E_ACCESS-DENIED")
    assert term == "e_access-denied"
    assert spoken.query_terms("router wlan0")[-1] == "wlan0"
    assert spoken.analyse("0x80070057").counts["0x80070057"] == 1


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("de", "Rechnungen", "rechnung"),
        ("de", "Häuser", "HAUSER"),
        ("fr", "résiliation", "resiliations"),
        ("es", "conexiones", "conexión"),
        ("it", "bollette", "bolletta"),
        ("pt", "faturas", "fatura"),
        ("nl", "rekeningen", "rekening"),
        ("sv", "räkningarna", "räkning"),
        ("ru", "новый", "новая"),
        ("ru", "Ещё", "еще"),
        ("ru", "updating", "updated"),
        ("hu", "Számla", "szamla"),
        ("ar", "الفاتورة", "فاتوره"),
        ("ar", "والإنترنت", "انترنت"),
        ("en", "٤.٢", "4.2"),
        ("zh", "updating", "updated"),
    ],
)
def test_the_same_word(code: str, one: str, other: str) -> None:
    spoken = language(code)
    assert spoken.query_terms(one) == spoken.query_terms(other)


def test_stop_words_are_of_the_language() -> None:
    assert language("de").query_terms("wie ist die Rechnung") == language("de").query_terms("Rechnung")
    assert ENGLISH.query_terms("wie") == ("wie",)
    assert language("fr").query_terms("où est la facture") == language("fr").query_terms("facture")


def test_scripts_without_spaces_are_found_by_their_parts() -> None:
    counts = ENGLISH.analyse("iPhone用の検索機能").counts
    assert {"iphon", "検索", "索機", "機能", "能"} <= set(counts)
    assert ENGLISH.query_terms("検索機能") == ("検索", "索機", "機能")
    assert ENGLISH.query_terms("能") == ("能",)
    assert ENGLISH.phrase("検索機能") in ENGLISH.analyse("その検索機能が").sequence
    assert matches(marked("この検索機能が動かない", frozenset(ENGLISH.query_terms("検索機能")))) == ["検索機能"]
    assert matches(marked("この検索機能", frozenset({"機"}))) == ["機"]


# --- words that mean the same ---------------------------------------------------------------------------------------------


def test_a_group_stands_for_each_of_its_words() -> None:
    vocabulary, wrong = read("wlan, Wi-Fi, WIFI  # radio\n\n# nothing\ncancel, terminate", ENGLISH)
    assert wrong == []
    assert vocabulary.asked("my Wi-Fi") == [("wlan", "wifi")]
    assert vocabulary.asked("wlan wifi") == [("wlan", "wifi")]
    assert vocabulary.asked("cancelled router") == [("cancel", "termin"), ("router",)]
    assert vocabulary.exactly("wlan") == [("wlan",)]


def test_a_line_that_cannot_be_used_is_told() -> None:
    for line in ("alone", "two words, one", "the, of", "wlan, wlan"):
        assert read(line, ENGLISH) == (Vocabulary(ENGLISH), [line])
    vocabulary, wrong = read("a1, b1\nb1, c1", ENGLISH)
    assert (set(vocabulary.groups), wrong) == ({"a1", "b1"}, ["b1, c1"])
    (group,) = read(", ".join(f"word{number}" for number in range(500)), ENGLISH)[0].asked("word1")
    assert len(group) == 8


def test_a_changed_file_counts_at_once_and_a_missing_one_is_replaced_by_ours(tmp_path: Path) -> None:
    file = tmp_path / "synonyms.txt"
    vocabulary = SynonymFile(file, ENGLISH)
    assert read(OURS.read_text(), ENGLISH)[1] == []
    assert "wlan" in vocabulary().groups
    file.write_text("zebra, quagga")
    assert set(vocabulary().groups) == {"zebra", "quagga"}
    file.unlink()
    assert "wlan" in vocabulary().groups


class Told:
    """The same index, opened for a language, with words that mean the same."""

    def __init__(self, place: Path | Engine) -> None:
        self.place = place

    def __call__(self, code: str = "en", synonyms: str = "") -> SearchEngine:
        spoken = language(code)
        vocabulary: Reader = lambda: read(synonyms, spoken)[0]  # noqa: E731 - a lambda says it
        if isinstance(self.place, Path):
            return WhooshEngine(self.place, spoken, vocabulary)
        return DatabaseEngine(self.place, language=spoken, vocabulary=vocabulary)


@pytest.fixture(params=["whoosh", "sqlite", "postgresql"])
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Told]:
    if request.param == "whoosh":
        yield Told(tmp_path / "search")
        return
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    opened = open_database(url)
    yield Told(opened)
    opened.dispose()


def test_who_asks_for_one_word_finds_the_others(told: Told) -> None:
    fill(
        told(),
        question(1, "Slow Wi-Fi upstairs", "The signal is weak."),
        question(2, "Kitchen radio", "Only the bedroom has no signal."),
        answer(21, 2, "Move the WLAN aerial."),
        question(3, "Nothing of the kind"),
    )
    engine = told(synonyms="wlan, wi-fi, wifi")
    for asked in ("wlan", "wifi", "Wi-Fi"):
        assert set(found(engine.search(words(asked)))) == {1, 2}
        assert set(found(engine.similar(f"{asked} signal", 5, NOW))) == {1, 2}
    assert found(engine.search(words("wlan signal weak"))) == [1]
    assert found(engine.search(Query(now=NOW, phrases=("wlan aerial",)))) == [2]
    assert not engine.search(Query(now=NOW, phrases=("wifi aerial",))).hits, "a phrase is meant word by word"
    (hit,) = engine.search(words("wifi aerial")).hits
    assert matches(hit.excerpt) == ["WLAN", "aerial"]
    assert set(found(told().search(words("wlan")))) == {2}


def test_an_index_of_one_language_is_not_read_as_another(told: Told) -> None:
    documents = (question(1, "Meine Rechnungen sind falsch", "検索機能が動かない"), answer(11, 1, "Die Gebühr entfällt."))
    fill(told("de"), *documents)
    assert found(told("de").search(words("rechnung gebuhren"))) == [1]
    assert found(told("de").search(words("検索機能"))) == [1]
    assert found(told("de").search(words("索"))) == [1]
    assert not told("de").search(words("索検")).hits
    assert told("fr").search(words("rechnung")).condition is Condition.OLD_FORMAT
    assert told("fr").health().condition is Condition.OLD_FORMAT
