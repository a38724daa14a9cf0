"""Why a search finds what it finds: the factors that a moderator is shown multiply to the very score the engine ordered by."""

import pytest
from flask.testing import FlaskClient

from search import ranking
from search.engine import SearchEngine
from search.syntax import read
from tests.people import People, sign_in
from tests.search.site import Site
from tests.search.stories import NOW, answer, fill, found, question

DOCUMENTS = (
    question(1, "Router loses the line", "At night the router is off.", votes=12),
    answer(10, 1, "Replace the splitter of the router.", accepted=True, verified=True, votes=5),
    answer(11, 1, "Buy another router.", best_before=-1, votes=-2),
    question(2, "No line in the cellar", "The router stands upstairs.", votes=-1),
    answer(20, 2, "A second router helps.", best_before=-9, expires=-1, official=True),
    question(3, "Phone has no service", "The line is dead, and there is no router."),
    answer(30, 3, "The line is repaired.", best_before=-1, official=True),
    question(4, "Router and splitter", "The manual of both."),
)


def test_the_factors_multiply_to_the_engines_score(engine: SearchEngine) -> None:
    fill(engine, *DOCUMENTS)
    texts = ("router line", "router", '"the line" -cellar', "is:expired router", "router splitter zanzibar", "is:official line")
    for text in texts:
        query = read(text, NOW).query
        results = engine.search(query)
        explained = engine.explain(query)
        assert found(results), text
        assert [one.question_id for one in explained] == found(results), text
        for hit, one in zip(results.hits, explained, strict=True):
            assert one.by_score
            assert one.score == hit.score
            assert one.product == pytest.approx(hit.score, rel=1e-6), (text, one)
    [first] = [one for one in engine.explain(read("router line", NOW).query) if one.question_id == 1]
    assert [(factor.name, factor.value) for factor in first.factors] == [
        ("votes", ranking.votes(12)),
        ("FRESHNESS", 1.0),
        ("votes", ranking.votes(5)),
        ("ACCEPTED", ranking.ACCEPTED),
        ("VERIFIED", ranking.VERIFIED),
    ]
    assert first.answer_id == 10
    assert {term.words for term in first.terms} == {("router",), ("line",)}
    assert all(term.in_title > 0 and term.in_text >= 0 and term.rarity > 0 for term in first.terms)
    [unanswered] = engine.explain(read("router manual", NOW).query)
    assert [(factor.name, factor.value) for factor in unanswered.factors][1:] == [("NO_ANSWER", ranking.NO_ANSWER)]


def test_what_is_ordered_otherwise_or_not_at_all(engine: SearchEngine) -> None:
    assert engine.explain(read("router", NOW).query) == (), "there is no index yet"
    fill(engine, *DOCUMENTS)
    for text in ("router sort:newest", "is:due"):
        query = read(text, NOW).query
        explained = engine.explain(query)
        assert [one.question_id for one in explained] == found(engine.search(query)), text
        assert not any(one.by_score for one in explained), text
    assert engine.explain(read("zanzibar", NOW).query) == ()
    assert engine.explain(read("the", NOW).query) == ()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_is_for_moderators(client: FlaskClient, site: Site, people: People) -> None:
    number = site.ask("Router loses the <b>line</b>")
    site.answer(number, "Replace the splitter of the router.")
    site.drain()
    page = "/search/explain?q=router+line"
    assert client.get(page).headers["Location"].startswith("/sign-in")
    sign_in(client, people.ana)
    assert client.get(page).status_code == 403
    sign_in(moderators := client.application.test_client(), people.mo)
    html = moderators.get(page).text
    assert "Router loses the &lt;b&gt;line&lt;/b&gt;" in html
    assert html.count("as the engine has it") == 1
    assert "<b>the engine has" not in html
    assert "FRESHNESS current" in html
    assert "/search/explain" in moderators.get("/moderation").text
    for text in ("is:current", "zanzibar", "", "\x00" * 2000):
        assert moderators.get("/search/explain", query_string={"q": text}).status_code == 200
