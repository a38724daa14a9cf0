"""Links, and people who are mentioned."""

import re

import pytest

from app.rendering import find_mentions, render_comment, render_markdown
from tests.rendered import REL, check

PEOPLE = {"ana": "/people/3/ana", "anaruiz": "/people/7/ana-ruiz", "jürgen": "/people/9/jurgen", "राम": "/people/11/ram"}


def links(source: str) -> list[tuple[str, str]]:
    """(address, words) of every link, after checking the whole."""
    html = render_markdown(source, people=PEOPLE)
    check(html)
    return re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', html)


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("see https://example.com.", "https://example.com"),
        ("see https://example.com/a?b=1&c=2, then", "https://example.com/a?b=1&amp;c=2"),
        ("(https://en.wikipedia.org/wiki/A_(b))", "https://en.wikipedia.org/wiki/A_(b)"),
        ("**https://example.com/x**", "https://example.com/x"),
        ("<https://example.com/?q=a_b_c>", "https://example.com/?q=a_b_c"),
        ("[x](https://example.com/a_(b))", "https://example.com/a_(b)"),
        ("[x](<https://example.com/a b> 'why')", "https://example.com/a b"),
        ("[a `c` *d*](https://example.com)", "https://example.com"),
        ("[x](mailto:help@example.com)", "mailto:help@example.com"),
        ("<help@example.com>", "mailto:help@example.com"),
        ("HTTPS://EXAMPLE.COM/A", "HTTPS://EXAMPLE.COM/A"),
        ("[x](/questions/3)", "/questions/3"),
        ("https://bücher.example/ü", "https://bücher.example/ü"),
    ],
)
def test_addresses(source: str, address: str) -> None:
    assert [href for href, _ in links(source)] == [address]


def test_a_host_without_a_scheme() -> None:
    assert links("at www.example.com now") == [("http://www.example.com", "www.example.com")]


@pytest.mark.parametrize(
    "source", ["config.py and example.com", "ana@example.com", "a://b", "https://", "x.https://", "`https://a.example`"]
)
def test_what_is_no_address_stays_words(source: str) -> None:
    assert links(source) == []


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java&#x09;script:alert(1)",
        "&#106;avascript:alert(1)", "x-javascript:alert(1)", "view-source:x",
        "javascript&colon;alert(1)", "\x01javascript:alert(1)", "&#1;javascript:alert(1)", " javascript:alert(1)", "vbscript:x",
        "data:text/html;base64,PHN2Zz4=", "DATA:image/svg+xml,x", "file:///etc/passwd", "blob:x", "about:blank", "tel:123", "ftp://a.example",
        "//evil.example", "/\\evil.example", "/&#9;/evil.example", "/&#10;/evil.example", "\\\\evil.example", "/\t/evil.example",
        "relative/path", "#fragment", "?query", "../up", "", "/ /evil.example", "https&#58;//",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["[x]({})", "[x](<{}>)", "<{}>", "[x]\n\n[x]: {}", "![x]({})", "{}", "[x]({} 'a title')"])
def test_other_addresses_are_not_linked(address: str, form: str) -> None:
    for html in (render_markdown(form.format(address)), render_comment(form.format(address))):
        check(html)
        for href in re.findall(r'href="([^"]*)"', html):
            assert re.match(r"/[a-z]|https?://[^/]|mailto:", href), href
            assert "evil" not in href or href.startswith("https://")


def test_rel_for_other_sites_only() -> None:
    html = render_markdown("https://example.com [b](/questions/3) @AnaRuiz [c](mailto:a@b.example)", people=PEOPLE)
    assert html == (
        f'<p dir="auto"><a href="https://example.com" rel="{REL}">https://example.com</a> <a href="/questions/3">b</a> '
        f'<a href="/people/7/ana-ruiz">@AnaRuiz</a> <a href="mailto:a@b.example" rel="{REL}">c</a></p>'
    )


@pytest.mark.parametrize(
    ("source", "mentioned"),
    [
        ("@AnaRuiz, @ana and @ANA", {"anaruiz", "ana"}),
        ("(@Ana-Ruiz) @ana_ruiz: @AnaRuiz's", {"anaruiz"}),
        ("@Jürgen @Ju\u0308rgen @राम", {"jürgen", "राम"}),
        ("*@Ana* **@AnaRuiz**\n\n- @Jürgen", {"ana", "anaruiz", "jürgen"}),
        ("me@ana.example //@ana @@ana a@ana https://example.com/@ana", set()),
        ("`@ana` [@ana](https://example.com) <https://example.com/@ana>", set()),
        ("```\n@ana\n```\n\n    @ana\n\n~~~\n@ana", set()),
        ("@ @- @_ \\", set()),
    ],
)
def test_mentions(source: str, mentioned: set[str]) -> None:
    """Who is found is who is linked."""
    assert find_mentions(source) == mentioned
    assert {href for href, _ in links(source) if href.startswith("/people/")} == {PEOPLE[key] for key in mentioned}


def test_strangers_stay_words() -> None:
    assert find_mentions("@Nobody") == {"nobody"}
    assert render_markdown("@Nobody", people=PEOPLE) == '<p dir="auto">@Nobody</p>'
    assert render_markdown("@Ana") == '<p dir="auto">@Ana</p>'


def test_ten_mentions_at_most() -> None:
    found = find_mentions(" ".join(f"@person{number}" for number in range(50)))
    assert found == {f"person{number}" for number in range(10)}


def test_a_comment_mentions() -> None:
    assert find_mentions("    @ana\n    ~~~\n@Jürgen `@x`", comment=True) == {"ana", "jürgen"}
    assert find_mentions("    @ana\n    ~~~\n@Jürgen `@x`") == {"jürgen"}
    assert render_comment("@ana thanks", people=PEOPLE) == '<p dir="auto"><a href="/people/3/ana">@ana</a> thanks</p>'
