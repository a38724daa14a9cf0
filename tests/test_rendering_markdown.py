"""What people write, and what stands on the page."""

import re
import threading
from html import unescape

import pytest

from app.rendering import MAX_BODY, find_mentions, plain_text, render, render_comment, render_markdown
from tests.rendered import REL, check


def bare(source: str) -> str:
    """The HTML without directions and newlines between tags, for comparing at a glance."""
    html = render_markdown(source)
    check(html)
    return re.sub(r">\n+<", "><", re.sub(r' dir="(auto|ltr)"', "", html))


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("*a* **4.2** ~~b~~ ***c***", "<p><em>a</em> <strong>4.2</strong> <del>b</del> <em><strong>c</strong></em></p>"),
        ("wlan_2_ghz and __init__", "<p>wlan_2_ghz and <strong>init</strong></p>"),
        ("one  \ntwo\\\nthree\nfour", "<p>one<br>\ntwo<br>\nthree\nfour</p>"),
        ("a\\*b \\<kbd>x\\</kbd> \\&lt; \\\\", "<p>a*b &lt;kbd&gt;x&lt;/kbd&gt; &amp;lt; \\</p>"),
        ("&copy; &lt;b&gt; AT&T", "<p>© &lt;b&gt; AT&amp;T</p>"),
        ("Setup\n=====\nWords\n\nMore\n---\n", "<h3>Setup</h3><p>Words</p><h4>More</h4>"),
        ("# One\ntext\n## Two\n###### Six", "<h3>One</h3><p>text</p><h4>Two</h4><h6>Six</h6>"),
        ("##Settings", "<h4>Settings</h4>"),
        ("#4.2 fails\n#wifi too", "<p>#4.2 fails\n#wifi too</p>"),
        ("a\n\n---\n***\n_ _ _\n-    -    -\nb", "<p>a</p><hr><hr><hr><hr><p>b</p>"),
        ("Press <kbd>Ctrl</kbd>+<kbd>C</kbd>, H<sub>2</sub>O, x<sup>2</sup><br>end",
         "<p>Press <kbd>Ctrl</kbd>+<kbd>C</kbd>, H<sub>2</sub>O, x<sup>2</sup><br>\nend</p>"),
        ("<sub><sup>1</sup>a note</sub> <b>bold</b>", "<p><sub><sup>1</sup>a note</sub> <strong>bold</strong></p>"),
        ("In the <router> tag: <a href='x'>", "<p>In the &lt;router&gt; tag: &lt;a href='x'&gt;</p>"),
    ],
)  # fmt: skip
def test_words_and_paragraphs(source: str, html: str) -> None:
    assert bare(source) == html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("I tried:\n- restart\n- reset", "<p>I tried:</p><ul><li>restart</li><li>reset</li></ul>"),
        ("- a\n  - b\n    - c\n  - d\n- e",
         "<ul><li>a<ul><li>b<ul><li>c</li></ul></li><li>d</li></ul></li><li>e</li></ul>"),
        ("* a\n    * b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("3. wait\n4. buy", '<ol start="3"><li>wait</li><li>buy</li></ol>'),
        ("1) wait\n2) buy", "<ol><li>wait</li><li>buy</li></ol>"),
        ("- a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
        ("It came out in\n2019. It was good.", "<p>It came out in\n2019. It was good.</p>"),
        ("1. a\n\n   more\n2. b", "<ol><li><p>a</p><p>more</p></li><li><p>b</p></li></ol>"),
        ("- a\nlazy\n- b", "<ul><li>a\n    lazy</li><li>b</li></ul>"),
        ("- a\n\nafter", "<ul><li>a</li></ul><p>after</p>"),
        ("- one\n- two\n\n  [1]: https://example.com/", "<ul><li>one</li><li>two</li></ul>"),
        ("1. a\n   - b\n\n   c\n2. d", "<ol><li><p>a</p><ul><li>b</li></ul><p>c</p></li><li><p>d</p></li></ol>"),
        ("> said\n> - x\n>   - y\n\nme", "<blockquote><p>said</p><ul><li>x<ul><li>y</li></ul></li></ul></blockquote><p>me</p>"),
        ("> a\n>> b\n\nc", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote><p>c</p>"),
        ("me\n> you", "<p>me</p><blockquote><p>you</p></blockquote>"),
        ("- x\n  > y", "<ul><li><p>x</p><blockquote><p>y</p></blockquote></li></ul>"),
        ("x\n\n    > not a quotation", "<p>x</p><pre><code>&gt; not a quotation\n</code></pre>"),
    ],
)  # fmt: skip
def test_lists_and_quotations_as_on_every_other_site(source: str, html: str) -> None:
    assert bare(source) == html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("```\na < b && c\n```", "<pre><code>a &lt; b &amp;&amp; c\n</code></pre>"),
        ("words\n~~~ sh\n```\n~~~\nwords", '<p>words</p><pre><code class="language-sh">```\n</code></pre><p>words</p>'),
        ("```C++ title=x\n1\n```", '<pre><code class="language-c++">1\n</code></pre>'),
        ("```{.python}\n1\n```", '<pre><code class="language-python">1\n</code></pre>'),
        ("```x\" onclick=alert(1)\n1\n```", "<pre><code>1\n</code></pre>"),
        ("```\nnever closed", "<pre><code>never closed\n</code></pre>"),
        ("    indented\n\n    still", "<pre><code>indented\n\nstill\n</code></pre>"),
        ("1. do\n   ```sh\n   ls\n     -l\n   ```\n2. done",
         '<ol><li><p>do</p><pre><code class="language-sh">ls\n  -l\n</code></pre></li><li><p>done</p></li></ol>'),
        ("- ```\n  x\n  ```\n- y", "<ul><li><pre><code>x\n</code></pre></li><li>y</li></ul>"),
        ("> ```\n> x\n> ```", "<blockquote><pre><code>x\n</code></pre></blockquote>"),
        ("```\n\tall:\n```", "<pre><code>\tall:\n</code></pre>"),
        ("`` a`b `` and ` c ` and `open", "<p><code>a`b</code> and <code>c</code> and `open</p>"),
        ("\\`not code\\` \\\\`code`", "<p>`not code` \\<code>code</code></p>"),
    ],
)  # fmt: skip
def test_code(source: str, html: str) -> None:
    assert bare(source) == html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("*a**b*cde", "<em>a**b</em>cde"),  # the library's own rule loses the `c`
        ("*a **b** c*", "<em>a <strong>b</strong> c</em>"),
        ("***a** b* ***c* d**", "<em><strong>a</strong> b</em> <strong><em>c</em> d</strong>"),
        ("**a *b***", "<strong>a <em>b</em></strong>"),
        ("*a *b* c*", "<em>a <em>b</em> c</em>"),
        ("a*b*c a_b_c _d_e_", "a<em>b</em>c a_b_c <em>d_e</em>"),
        ("2 * 3 * 4 ** 5 _ 6 _ ~ 7 ~", "2 * 3 * 4 ** 5 _ 6 _ ~ 7 ~"),
        ("*a `*` [*b*](/x) c*", '<em>a <code>*</code> <a href="/x"><em>b</em></a> c</em>'),
        ("**中文**字 **「引」**字", "<strong>中文</strong>字 <strong>「引」</strong>字"),
        ("~~a *b*~~ ~c~ ~~~d~~~", "<del>a <em>b</em></del> ~c~ ~<del>d</del>~"),
        ("*open **never closed", "*open **never closed"),
        ("*a\nb*", "<em>a\nb</em>"),
    ],
)
def test_emphasis_as_commonmark_pairs_it(source: str, html: str) -> None:
    assert bare(source) == f"<p>{html}</p>"


@pytest.mark.parametrize("linked", ["", " see https://example.com", " @ana"])
def test_code_is_escaped_once(linked: str) -> None:
    """Linkifying the HTML of Markdown shows `a &lt; b` to readers, unless code is kept away from it."""
    html = render_markdown(f"`a < b` &lt; c <{linked}\n\n```\na < b & c\n```\n\n    a < b", people={"ana": "/people/1/ana"})
    assert html.count("a &lt; b") == 3
    assert "&amp;lt;" not in html
    assert "a < b" in unescape(html)


def test_a_table() -> None:
    html = bare("| plan | price |\n|:-----|------:|\n| `a|b` | 5 |\n| *c* | d \\| e |\n| short |")
    assert html == (
        '<table><thead><tr><th align="left">plan</th><th align="right">price</th></tr></thead><tbody>'
        '<tr><td align="left"><code>a|b</code></td><td align="right">5</td></tr>'
        '<tr><td align="left"><em>c</em></td><td align="right">d | e</td></tr>'
        '<tr><td align="left">short</td><td align="right"></td></tr></tbody></table>'
    )


def test_directions() -> None:
    """A Hebrew paragraph in an English page reads from the right; a quotation or an item takes its direction from its words."""
    html = render_markdown("שלום\n\n# كيف\n\n> مرحبا\n\n- سلام\n\n  عليكم\n\n`x` \n\n    code\n\n|a|b|\n|-|-|\n|ג|d|")
    for block in ("p", "h3", "blockquote", "li", "th", "td"):
        assert f'<{block} dir="auto">' in html
    assert '<blockquote dir="auto">\n<p>مرحبا' in html
    assert '<li dir="auto">\n<p>سلام' in html
    assert '<code dir="ltr">x' in html
    assert '<pre dir="ltr"><code>code' in html


def test_references() -> None:
    html = bare(
        'See [the notes][1], [Notes][] and [notes].\n\n[1]: https://example.com/1 "One\'s"\n[notes]: <https://example.com/2>'
    )
    assert html == (
        f'<p>See <a href="https://example.com/1" title="One\'s" rel="{REL}">the notes</a>, '
        f'<a href="https://example.com/2" rel="{REL}">Notes</a> and <a href="https://example.com/2" rel="{REL}">notes</a>.</p>'
    )


def test_references_do_not_stay_for_the_next_post() -> None:
    render_markdown("[secret]\n\n[secret]: https://example.com/secret")
    assert "<a" not in render_markdown("[secret]")


def test_pictures_are_links() -> None:
    """Readers' addresses must not reach other hosts, and the content policy would not show the picture anyway."""
    html = bare(
        "![the lamp](https://example.com/lamp.png) ![](/uploads/1.png) [![small](https://e.example/s.png)](https://e.example/)"
    )
    assert "<img" not in html
    assert f'<a href="https://example.com/lamp.png" rel="{REL}">the lamp</a>' in html
    assert '<a href="/uploads/1.png">/uploads/1.png</a>' in html
    assert f'<a href="https://e.example/" rel="{REL}">small</a>' in html


def test_a_comment_is_one_paragraph() -> None:
    html = render_comment("# *Thanks*,\n\n- `reboot`\n> [did](https://example.com) it ![x](/y.png) <b>so</b>", people={})
    check(html, comment=True)
    assert html == (
        '<p dir="auto"># <em>Thanks</em>, - <code dir="ltr">reboot</code> &gt; '
        f'<a href="https://example.com" rel="{REL}">did</a> it ![x](/y.png) &lt;b&gt;so&lt;/b&gt;</p>'
    )


def test_formats() -> None:
    assert render("*x*", "markdown") == '<p dir="auto"><em>x</em></p>'
    assert render("<p>*x*</p>", "html") == '<p dir="auto">*x*</p>'
    assert render("@Ana", "markdown", people={"ana": "/people/1/ana"}) == '<p dir="auto"><a href="/people/1/ana">@Ana</a></p>'


@pytest.mark.parametrize("source", ["", " ", "\n\n\n", "\x00", "\u202e", "&nbsp;", "[]: ", "#", ">", "-", "```"])
def test_next_to_nothing(source: str) -> None:
    check(render_markdown(source))
    check(render_comment(source), comment=True)
    assert find_mentions(source) == frozenset()


def test_nothing_is_lost_beyond_the_limits() -> None:
    """Longer or more structured than is parsed: it stands as it was typed."""
    long = "word " * (MAX_BODY // 5 + 1)
    assert render_markdown(long) == f'<pre dir="ltr"><code>{long}\n</code></pre>'
    rows = "\n\n".join(f"row {number}" for number in range(2_000))
    assert render_markdown(rows) == f'<pre dir="ltr"><code>{rows}\n</code></pre>'
    signs = "*a* " * 3_000
    assert plain_text(render_markdown(signs)).replace("*", "").split() == ["a"] * 3_000


def test_threads_do_not_mix() -> None:
    """Parsers hold state; forty posts at a time come out as one at a time."""
    posts = [f"[{number}]: https://example.com/{number}\n\n- [{number}] **b{number}**\n- `{number}` @Ana" for number in range(40)]
    people = {"ana": "/people/1/ana"}
    alone = [render_markdown(post, people=people) for post in posts]
    together: dict[int, list[str]] = {}
    start = threading.Barrier(8)

    def work(worker: int) -> None:
        start.wait()
        together[worker] = [render_markdown(post, people=people) for post in posts]

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == dict.fromkeys(range(8), alone)
