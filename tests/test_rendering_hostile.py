"""Whatever somebody types or a dump contains: what comes out is harmless, closed, visible and final."""

import re
import sys
import threading
from html import escape, unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rendering import (
    clean_source,
    excerpt,
    find_mentions,
    html_to_markdown,
    name_key,
    plain_text,
    render_comment,
    render_html,
    render_markdown,
)
from tests import hostile
from tests.rendered import check

PEOPLE = {"ana": "/people/1/ana"}
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)  # surrogates and controls as well
MARKDOWN = st.lists(st.sampled_from(hostile.WORDS_OF_MARKDOWN), max_size=60).map("".join)
HTML = st.lists(st.sampled_from(hostile.WORDS_OF_HTML), max_size=60).map("".join)
MIXED = st.lists(st.sampled_from(hostile.ALL + hostile.WORDS_OF_HTML + hostile.WORDS_OF_MARKDOWN), max_size=20).map("".join)
ANYTHING = st.one_of(ANY_TEXT, MARKDOWN, HTML, MIXED)
often = settings(max_examples=300, deadline=None)


def check_all(text: str) -> None:
    """Every way through the boundary."""
    for html in (render_markdown(text, people=PEOPLE), render_html(text), render_markdown(html_to_markdown(text))):
        check(html)
        assert len(excerpt(html)) <= 200
    check(render_comment(text, people=PEOPLE), comment=True)
    find_mentions(text)


@pytest.mark.parametrize("text", hostile.ALL)
def test_known_tricks(text: str) -> None:
    check_all(text)
    check_all(f"words\n\n{text}\n\n- {text}\n\n> {text}")
    check_all(escape(text))


def test_known_tricks_all_together() -> None:
    check_all("\n\n".join(hostile.ALL))
    check_all("".join(hostile.ALL))


@given(ANYTHING)
@often
def test_anything(text: str) -> None:
    check_all(text)


@given(ANYTHING)
@often
def test_words_shown_are_words(text: str) -> None:
    """Escaped, the same text is nothing but words in either format."""
    assert check(render_html(escape(text))).tags == []
    assert set(check(render_markdown("```\n" + text.replace("`", "") + "\n```")).tags) == {"pre", "code"}


@given(st.one_of(ANY_TEXT, MARKDOWN, HTML))
@often
def test_code_arrives_as_it_was_typed(code: str) -> None:
    html = render_markdown(f"~~~~~~~~~~\n{code}\n~~~~~~~~~~")
    shown = re.fullmatch(r'<pre dir="ltr"><code>(.*)\n</code></pre>', html, re.DOTALL)
    if "~~~~~~~~~~" not in code:
        assert shown
        assert unescape(shown.group(1)) == clean_source(f"\n{code}\n")[1:-1]


@given(
    st.lists(
        st.sampled_from(["one", "two", "@ana", "*", "**", "_", "~~", "> ", "- ", "# ", "\n", "\n\n", " ", "  \n", "<x>", "\\"])
    )
)
@often
def test_no_word_is_lost(parts: list[str]) -> None:
    text = re.sub("~{3,}", "~~", "".join(parts))  # what follows a fence on its line is a language, or nothing
    html = render_markdown(text, people=PEOPLE)
    assert "".join(re.findall("[a-z]", plain_text(html))) == "".join(re.findall("[a-z]", text))


@given(
    st.lists(st.sampled_from(["*", "**", "***", "_", "__", "~~", "one", "two", "x", " ", "`y`", "[z](/z)", "\\*"]), max_size=40)
)
@often
def test_no_letter_is_lost_between_signs(parts: list[str]) -> None:
    text = "x" + "".join(parts)
    assert re.findall("[a-z]", plain_text(render_markdown(text))) == re.findall("[a-z]", text.replace("(/z)", ""))


@given(ANYTHING)
@often
def test_cleaning_is_final(text: str) -> None:
    cleaned = clean_source(text)
    assert clean_source(cleaned) == cleaned
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", cleaned)
    assert name_key(name_key(text)) == name_key(text)


@pytest.mark.parametrize(
    "unit",
    [
        "> ",
        ">",
        "- ",
        "* ",
        "1. ",
        "> - ",
        "- > ",
        "<blockquote>",
        "<ul><li>",
        "<b>",
        "<table><tr><td>",
        "<sub>",
        "[",
        "*a ",
        "(",
        "![[",
    ],
)
def test_depth_is_cut(unit: str) -> None:
    for text in (unit * 10_000, "\n".join("  " * depth + unit for depth in range(200)), unit * 30 + "x" + "</b></sub>" * 30):
        check_all(text)


def test_nested_lists_keep_their_words() -> None:
    source = "\n".join("  " * depth + f"- level{depth}" for depth in range(100))
    reader = check(render_markdown(source))
    assert re.findall("level[0-9]+", "".join(reader.words)) == [f"level{depth}" for depth in range(100)]
    assert reader.tags.count("ul") == 8  # what is deeper is words of the eighth level


def test_a_caller_who_stands_deep_gets_the_words() -> None:
    """The parser calls itself; where the stack ends inside it, the post stands as it was typed and the next is rendered well."""
    source = "\n".join("  " * depth + f"- {letter}" for depth, letter in enumerate("abcdefg"))
    seen: list[str] = []

    def descend(levels: int) -> None:
        if levels:
            descend(levels - 1)
        else:
            seen.append(render_markdown(source))

    def work() -> None:
        well = render_markdown(source)
        for left in (300, 36, 33, 30):
            depth = len_of_stack()
            descend(sys.getrecursionlimit() - depth - left)
            assert render_markdown(source) == well
            assert render_markdown("a\n\nb") == '<p dir="auto">a</p>\n<p dir="auto">b</p>'

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(seen) == 4
    assert ["<ul>" in html for html in seen] == [True, False, False, False]
    for html in seen:
        check(html)
        assert re.findall("[a-g]", plain_text(html)) == list("abcdefg")


def len_of_stack() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back:
        frame, depth = frame.f_back, depth + 1
    return depth
