"""Did you mean …: words of the community for what was mistyped, never a code, never a word that is gone."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import Settings
from community import questions
from community.moderation import removal
from search.analysis import language
from search.queries import search_page
from search.spelling import keeper, vocabulary
from search.spelling.models import QuestionWords, SearchWord
from search.spelling.words import words_in
from tests.at_once import at_once
from tests.people import People
from tests.search.site import Site

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words are read again whenever they have changed."""
    monkeypatch.setattr(vocabulary, "SHARE", 0)


def meant(site: Site, text: str) -> str:
    site.drain()
    return search_page(text, None, site.now).meant


def counts(session: Session) -> dict[tuple[str, bool], int]:
    return {(row.word, row.is_code): row.questions for row in session.execute(select(SearchWord.__table__))}


def test_which_words_of_a_text_count() -> None:
    text = "Reading the EACCES of NullPointer: wlan0, v4.2.1, e-mail and don't; Überall 東京 sim Streß"
    found = {(place.word.text, place.word.is_code): text[place.start : place.end] for place in words_in(text, language("en"))}
    plain = {"reading": "Reading", "überall": "Überall", "stress": "Streß"}
    assert found == {
        **{(word, False): written for word, written in plain.items()},
        ("eacces", True): "EACCES",
        ("nullpointer", True): "NullPointer",
    }


@SQLITE
def test_what_is_proposed(site: Site) -> None:
    for number in range(3):
        site.ask(f"Roaming in Spain stops working, number {number}", "The splitter says EACCES and 0x80070057.")
    site.ask("Rooaming is written wrongly here")
    assert meant(site, "roamnig spain") == "roaming spain"
    assert meant(site, "Romaing SPAIN") == "Roaming SPAIN", "capitals as they were typed"
    assert meant(site, "ROAMNIG SPAIN") == "ROAMING SPAIN"
    whole = meant(site, 'roamnig "in spian" -rooter tag:broadbnd is:unanswered sort:newest EACCESS')
    assert whole == "", "EACCESS and a tag that is none stay, so nothing is found with it"
    whole = meant(site, 'roamnig  "in spian" -rooter tag:broadband is:unanswered sort:newest 0x80070057')
    assert whole == 'roaming  "in spain" -rooter tag:broadband is:unanswered sort:newest 0x80070057'
    for text in ("roaming spain", "0x80070056", "EACCESS", "eacces", "zzqxzzqx", "spains roams", "the", "-roamnig", "", "Ana"):
        assert meant(site, text) == "", text
    assert meant(site, "rooaming") == "", "somebody writes it so, and nothing is a hundred times as frequent"
    assert meant(site, "roamnig zanzibar") == "roaming zanzibar" or search_page("roamnig zanzibar", None, site.now).results


def test_a_word_is_gone_with_the_last_post_that_has_it(site: Site, session: Session, people: People) -> None:
    kept = site.ask("Router loses the line")
    gone = site.ask("Call Smithson about the router", "Mister SMITHSON knows.")
    assert meant(site, "smithsen") == "Smithson".lower()
    assert counts(session)["router", False] == 2
    assert counts(session)["smithson", True] == 1
    removal.remove_question(gone, reason="Names somebody.", by=people.mo, now=site.now)
    assert meant(site, "smithsen") == ""
    assert counts(session)["router", False] == 1
    assert not any("smithson" in word for word, _ in counts(session))
    assert session.get_one(QuestionWords, gone).words == ""
    removal.restore_question(gone, reason="It was all right.", by=people.mo, now=site.now)
    assert meant(site, "smithsen") == "smithson"
    before = counts(session)
    keeper.keep([kept, gone])
    assert counts(session) == before, "twice is once"
    body = "It happens every evening since Monday."
    questions.edit(gone, title="Call somebody about the router", body=body, tags_text="broadband", by=people.marta, now=site.now)
    assert meant(site, "smithsen") == ""
    assert counts(session)["router", False] == 2


@POSTGRESQL
def test_several_workers_count_once(app: Flask, site: Site, session: Session) -> None:
    numbers = [site.ask(f"Router number {number} loses the line") for number in range(3)]
    session.rollback()
    assert at_once(app, 4, lambda _: keeper.keep(numbers)) == [None] * 4
    assert counts(session)["router", False] == 3


@SQLITE
def test_the_schedule_counts_what_nobody_has_counted(site: Site, session: Session) -> None:
    site.ask("Router loses the line")
    site.drain()
    before = counts(session)
    session.execute(QuestionWords.__table__.delete())  # type: ignore[attr-defined]  # a table, though declared as any FROM clause
    session.execute(SearchWord.__table__.delete())  # type: ignore[attr-defined]  # as above
    session.commit()
    keeper.catch_up(site.now)
    assert counts(session) == before
    session.execute(QuestionWords.__table__.update().values(made_as="0 xx"))  # type: ignore[attr-defined]  # as above
    session.execute(SearchWord.__table__.update().values(term="of another language"))  # type: ignore[attr-defined]  # as above
    session.commit()
    keeper.catch_up(site.now)
    assert counts(session) == before
    assert meant(site, "ruoter") == "router"


@SQLITE
class TestSpanish:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, search_language="es")

    def test_accents_are_kept_and_need_not_be_typed(self, site: Site, app: Flask) -> None:
        site.ask("La conexión del teléfono móvil falla en España")
        assert meant(site, "conexoin") == "conexión"
        assert meant(site, "telefnoo españa") == "teléfono españa"
        assert meant(site, "conexion telefono") == ""


@SQLITE
def test_the_page_asks_with_a_link(client: FlaskClient, site: Site) -> None:
    site.ask("Router loses the <line>")
    site.drain()
    html = client.get("/search", query_string={"q": 'ruoter "the line" <>'}).text
    link = '<a href="/search?q=router+%22the+line%22+%3C%3E" dir="auto">router &#34;the line&#34; &lt;&gt;</a>?'
    assert f"Did you mean {link}" in html
    assert "Did you mean" not in client.get("/search?q=router").text
    assert "Did you mean" not in client.get("/search?q=ruoter&after=1_1").text, "only at the beginning"
