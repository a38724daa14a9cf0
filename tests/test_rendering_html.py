"""Imported HTML: the same boundary, and Markdown of it for editing."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from app.rendering import html_to_markdown, plain_text, render_html, render_markdown
from tests.rendered import REL, check


def bare(html: str) -> str:
    check(html)
    return re.sub(r">\n+<", "><", re.sub(r' dir="(auto|ltr)"', "", html))


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<h1>a</h1><h2>b</h2><h3>c</h3>", "<h3>a</h3><h4>b</h4><h5>c</h5>"),
        ("<b>a</b> <i>b</i> <s>c</s> <strike>d</strike>", "<strong>a</strong> <em>b</em> <del>c</del> <del>d</del>"),
        ("<p>H<sub>2</sub>O<br>x<sup>2</sup> <kbd>F1</kbd><hr>", "<p>H<sub>2</sub>O<br>x<sup>2</sup> <kbd>F1</kbd></p><hr>"),
        ('<ol start="3"><li>a<li>b</ol>', '<ol start="3"><li>a</li><li>b</li></ol>'),
        ('<img src="https://a.example/x.png" alt="lamp">', f'<a href="https://a.example/x.png" rel="{REL}">lamp</a>'),
        ('<p><img src="//i.example/x.png"></p>', f'<p><a href="https://i.example/x.png" rel="{REL}">https://i.example/x.png</a></p>'),
        ('<a href="https://a.example"><img src="/b.png" alt="b"></a>', f'<a href="https://a.example" rel="{REL}">b</a>'),
        ('<p><img src="data:image/png;base64,x" alt="gone"></p>', "<p>gone</p>"),
        ('<a href="/q/1" rel="nofollow" class="x" title="t">a</a>', '<a href="/q/1" title="t">a</a>'),
        ('<a href="//a.example/">a</a>', f'<a href="https://a.example/" rel="{REL}">a</a>'),
        ('<a name="x">no link</a>', "no link"),
        ('<pre class=x><code class="language-c">\n&lt;b\n</code></pre>', '<pre><code class="language-c">\n&lt;b\n</code></pre>'),
        ("<pre>\n\n\na</pre>", "<pre>a</pre>"),
        ("<div>a</div><span class='math-container'>$x_i$</span>", "a$x_i$"),
        ("<table><tr><th align=right>a</th></tr><tr><td>b</td></tr></table>",
         '<table><tbody><tr><th align="right">a</th></tr><tr><td>b</td></tr></tbody></table>'),
        ("<dl><dt>a<dd>b</dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
        ("<p></p><p> </p><p>a</p>", "<p>a</p>"),
        ("a &amp; b &lt;c&gt; &nbsp;", "a &amp; b &lt;c&gt; &nbsp;"),
        ("plain @ana https://a.example", "plain @ana https://a.example"),
    ],
)  # fmt: skip
def test_render_html(source: str, html: str) -> None:
    assert bare(render_html(source)) == html


def test_directions_as_in_markdown() -> None:
    html = render_html("<p>a <code>b</code></p><blockquote><p>c</p></blockquote><ul><li>d</li></ul><pre><code>e</code></pre>")
    assert html == (
        '<p dir="auto">a <code dir="ltr">b</code></p><blockquote dir="auto"><p>c</p></blockquote>'
        '<ul><li dir="auto">d</li></ul><pre dir="ltr"><code>e</code></pre>'
    )


@pytest.mark.parametrize(
    ("source", "markdown"),
    [
        ("<h2>a</h2><p>b</p>", "## a\n\nb"),
        ("<p><b>b</b> <i>c</i> <strike>d</strike> <kbd>e</kbd> <sub>f</sub></p>", "**b** *c* ~~d~~ <kbd>e</kbd> <sub>f</sub>"),
        ("<pre><code class='language-c'>a\n  b\n</code></pre>", "```c\na\n  b\n```"),
        ("<pre><code>```\nx\n````\n</code></pre>", "`````\n```\nx\n````\n`````"),
        ("<p><code>a`b</code></p>", "`` a`b ``"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ('<ol start="3"><li>a</li><li><p>b</p><pre><code>c\n</code></pre></li></ol>', "3. a\n4. b\n\n   ```\n   c\n   ```"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ('<p><a href="https://a.example/(x)" title="t">a</a></p>', '[a](<https://a.example/(x)> "t")'),
        ('<p><a href="https://a.example">https://a.example</a></p>', "<https://a.example>"),
        ('<p><img src="https://a.example/x.png" alt="lamp"></p>', "![lamp](https://a.example/x.png)"),
        ("<p>2 * 3 * 4, a_b, _x_, [y], &lt;z&gt;, `q`, &amp;lt; \\* 1 &lt; 2</p>",
         "2 \\* 3 \\* 4, a_b, \\_x\\_, \\[y\\], \\<z>, \\`q\\`, \\&lt; \\\\\\* 1 < 2"),
        ("<p># no</p><p>1. no</p><p>- no</p><p>&gt; no</p><p>2016. no</p>",
         "\\# no\n\n1\\. no\n\n\\- no\n\n\\> no\n\n2016\\. no"),
        ("<table><tr><th>a<th>b</tr><tr><td>c|d<td>e</tr></table>", "| a | b |\n| --- | --- |\n| c\\|d | e |"),
        ("<p>a<br>b</p><hr><p>c</p>", "a  \nb\n\n---\n\nc"),
        ("<script>x</script><p onclick=x>a</p>", "a"),
        ("config.py", "config.py"),
        ("", ""),
    ],
)  # fmt: skip
def test_html_to_markdown_and_back(source: str, markdown: str) -> None:
    converted = html_to_markdown(source)
    assert converted == markdown
    there, back = render_html(source), render_markdown(converted)
    check(back)
    assert words(back) == words(there)
    assert links(back) == links(there)


def words(html: str) -> str:
    return re.sub(r"\s+", "", plain_text(html))


def links(html: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', html)


def tags(html: str) -> Counter[str]:
    return Counter(re.findall(r"<([a-z0-9]+)", html))


def bodies(folder: Path) -> Iterator[tuple[str, str]]:
    for _, row in ET.iterparse(folder / "Posts.xml"):
        if row.get("Body"):
            yield row.attrib["Id"], row.attrib["Body"]


def originals(folder: Path) -> dict[str, str]:
    """The last Markdown of every post: what its author typed."""
    return {
        row.attrib["PostId"]: row.attrib["Text"]
        for _, row in ET.iterparse(folder / "PostHistory.xml")
        if row.get("PostHistoryTypeId") in {"2", "5", "8"} and row.get("Text")
    }


def test_every_post_of_a_real_dump(stackexchange_dump: Path) -> None:
    """Nothing is lost of 1,230 posts: not in rendering, not on the way to Markdown and back."""
    same_tags = 0
    count = 0
    for number, body in bodies(stackexchange_dump):
        html = render_html(body)
        check(html)
        assert words(html).startswith(words(body)[:20]) or "img" in body, number
        back = render_markdown(html_to_markdown(body))
        assert words(back) == words(html), number
        code = [re.findall(rf"<{tag}\b.*?</{tag}>", text, re.DOTALL) for tag in ("pre", "li") for text in (html, back)]
        assert len(code[0]) == len(code[1]), number
        count += 1
        same_tags += tags(back) == tags(html)
    assert count == 1_230
    assert same_tags / count > 0.94


def test_markdown_reads_as_stack_exchange_reads_it(stackexchange_dump: Path) -> None:
    """The typed Markdown of the same posts against the HTML their site made of it; raw HTML and the site's magic differ."""
    markdown = originals(stackexchange_dump)
    count = same_words = same = 0
    for number, body in bodies(stackexchange_dump):
        if number in markdown:
            theirs, ours = render_html(body), render_markdown(markdown[number])
            count += 1
            same_words += words(theirs) == words(ours)
            same += words(theirs) == words(ours) and tags(theirs) == tags(ours)
    assert count == 1_230
    assert same_words / count > 0.96
    assert same / count > 0.90
