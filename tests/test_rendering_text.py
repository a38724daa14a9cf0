"""Cleaning, plain words, excerpts and the keys of names."""

import time
import unicodedata

import pytest

from app.rendering import clean_source, excerpt, name_key, plain_text, render_html, render_markdown


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf"),
        ("\ttab\n\x00nul\x07bell\x1b[31mred\x7f\x9b", "\ttab\nnulbell[31mred"),
        ("if (a\u202e /*\u2066) admin\u2069 */\u202c", "if (a /*) admin */"),
        ("right\u200fto\u200eleft\u061c", "right\u200fto\u200eleft\u061c"),
        ("\ufeffbom", "bom"),
        ("a\ud800b\udc00c", "abc"),
        ("\ud83d\ude00", "\U0001f600"),
        ("Ju\u0308rgen", "J\u00fcrgen"),
        ("x" + "\u0344" * 20, clean_source("x" + "\u0344" * 8)),
        ("\u00a0 \u200b\u200d keep", "\u00a0 \u200b\u200d keep"),
        ("שָׁלוֹם कि กำ", unicodedata.normalize("NFC", "שָׁלוֹם कि กำ")),
        ("Z" + "\u0301\u0323" * 50 + "algo", "\u1e92" + "\u0323" * 3 + "\u0301" * 4 + "algo"),
    ],
)
def test_clean_source(text: str, cleaned: str) -> None:
    assert clean_source(text) == cleaned


def test_cleaning_piles_of_marks_takes_no_time() -> None:
    """Unicode normalisation sorts the marks of a letter: 30,000 of them took 1.5 s."""
    start = time.thread_time()
    clean_source("a" + "\u0301\u0323" * 15_000)
    name_key("a" + "\u0301\u0323" * 15_000)
    assert time.thread_time() - start < 0.1


def test_entities_cannot_bring_back_what_was_cleaned() -> None:
    for html in (render_html("&#x202e;&#8294;&#1;x"), render_markdown("&#x202e;&#8294;&#1;x")):
        assert not set("\u202e\u2066\x01") & set(html)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Ana Ruiz", "anaruiz"),
        ("ana-ruiz_", "anaruiz"),
        ("  ANA  RUIZ!", "anaruiz"),
        ("\uff21\uff4e\uff41", "ana"),
        ("Jürgen", "jürgen"),
        ("Ju\u0308rgen", "jürgen"),
        ("Straße", "strasse"),
        ("İpek", "ipek"),
        ("李 小龍", "李小龍"),
        ("राम", "राम"),
        ("रमा", "रमा"),
        ("สมชาย", "สมชาย"),
        ("מֹשֶׁה", "משה"),
        ("A\u0336n\u0336a\u0336", "ana"),
        ("ana\u200b\u200d\ufe0f\u034f", "ana"),
        ("Ana 2²", "ana22"),
        ("🙂!?", ""),
        ("", ""),
    ],
)
def test_name_key(name: str, key: str) -> None:
    assert name_key(name) == key
    assert name_key(name_key(name)) == key


def test_plain_text() -> None:
    html = render_markdown(
        "# A & B\n\none *two*\nthree `x<y`\n\n- item\n- more\n\n```\ncode\n  line\n```\n\n|a|b|\n|-|-|\n|c|d|\n\nend  \nbr"
    )
    assert plain_text(html) == "A & B\none two\nthree x<y\nitem\nmore\ncode\nline\na\nb\nc\nd\nend\nbr"
    assert plain_text("") == ""
    assert plain_text("<p>&amp;lt;b&gt; &nbsp; &quot;x&quot;</p>") == '&lt;b> "x"'


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("short enough", 20, "short enough"),
        ("exactly twenty chars", 20, "exactly twenty chars"),
        ("one two three four five", 20, "one two three four…"),
        ("one two, three", 10, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two three", 7, "one…"),
        ("unbreakablewordindeed", 10, "unbreakab…"),
        ("see unbreakablewordindeed", 15, "see…"),
        ("路由器每天晚上都會斷線怎麼辦呢", 8, "路由器每天晚上…"),
        ("今天 路由器每天晚上都會斷線", 8, "今天 路由器每…"),
        ("aaaaaaaa\U0001f469\u200d\U0001f4bbbb", 11, "aaaaaaaa…"),
        ("ไทยที่นี่ก็ดีนะ", 5, "ไทย…"),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7\U0001f1ea\U0001f1f8", 4, "\U0001f1e9\U0001f1ea…"),
        ("cafe\u0328\u0301s", 5, "caf…"),
    ],
)
def test_excerpt(text: str, length: int, shown: str) -> None:
    assert excerpt(f"<p>{text}</p>", length) == shown
    assert len(shown) <= length


def test_excerpt_is_one_line_of_words() -> None:
    assert excerpt(render_markdown("# Title\n\nA & <b>\n\n```\nx = 1\n```")) == "Title A & <b> x = 1"
    assert excerpt("") == ""
    assert len(excerpt("<p>" + "word " * 100 + "</p>")) <= 200
