"""The lines of a post, laid out so that Python-Markdown reads them as people mean them.

Python-Markdown follows the first Markdown of 2004: a list needs an empty line before it and four spaces for what belongs to
an item, a fence only counts at the left margin, `#4.2` is a heading. People write as on every other site: two spaces, a
list right after a sentence, code inside a step. This pass reads lines that way and writes them that way.

It is also where depth is cut. Python-Markdown calls itself for every level of a list or quotation, so a line of 15,000 `>`
ends in a RecursionError or takes minutes. Markers deeper than `MAX_DEPTH` are escaped: they are shown, not obeyed. Every
line is looked at once per level of quotation, so the time is bounded by length times `MAX_DEPTH`.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

MAX_DEPTH = 8
_MORE_ON_A_LINE = 2

LANGUAGE = re.compile(r"[a-z0-9+#-]{1,20}")

_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})[ \t]*(.*)$")
_MARKER = re.compile(r"([-+*]|\d{1,9}[.)])( +)(?=\S)")
_QUOTE = re.compile(r"> ?")
_RULE = re.compile(r"(?:(?:\* *+){3,}+|(?:- *+){3,}+|(?:_ *+){3,}+)$")
_UNDERLINE = re.compile(r"(?:=+|-+) *$")
_HEADING = re.compile(r"#{1,6}(?: |$)|#{2,6}(?=[^\W\d_])")  # "##Settings" is meant as one; "#wifi" and "#4" are not
_OBEYED = re.compile(
    r"^(?=[#>]|[-+*]\s|(?:=+|-+) *$|(?:(?:\* *+){3,}+|(?:- *+){3,}+|(?:_ *+){3,}+)$|\[[^\[\]]+\]:)|^\d+(?=[.)]\s)"
)
_REFERENCE = re.compile(r"\[[^\[\]]+\]: *\S")

_Kind = Literal["blank", "text", "item", "quote", "code", "reference"]


def lay_out(lines: list[str], stash: Callable[[str], str], depth: int = 0) -> list[str]:
    """The same post as lines for Python-Markdown.

    `stash` takes the HTML of a fenced block and gives the word that stands for it until the end. `depth` is how many quotations
    the lines stand in already.
    """
    return _Layout(lines, stash, depth).run()


@dataclass
class _Layout:
    lines: list[str]
    stash: Callable[[str], str]
    depth: int
    out: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)  # columns where the contents of the open list items begin
    lists: list[str] = field(default_factory=list)  # per level, "-" or "." of the list that is open there
    before: _Kind = "blank"
    at: int = 0

    def run(self) -> list[str]:
        while self.at < len(self.lines):
            line = self.lines[self.at].expandtabs(4)
            text = line.lstrip(" ")
            if text.strip():
                self._line(text, len(line) - len(text))
            else:
                self.out.append("")
                self.before = "blank"
                self.at += 1
        return self.out

    def _line(self, text: str, indent: int) -> None:
        if self.before in {"blank", "code"} or self._starts_something(text):
            while self.offsets and indent < self.offsets[-1]:
                self.offsets.pop()
        inside = indent - (self.offsets[-1] if self.offsets else 0)
        continues = self.before in {"text", "item", "quote"}
        if inside >= 4 and not continues:  # noqa: PLR2004 - four spaces make code, in every Markdown
            self._put(" " * inside + text, "code")
        elif inside >= 4 and not (self.offsets and _MARKER.match(text)):  # noqa: PLR2004 - likewise
            self._words(text)
        elif fence := _FENCE.match(text):
            self._gap()
            self._put(self._fenced(fence, indent), "blank")
            self.out.append("")
        elif text.startswith(">"):
            self._quotation(text, indent)
        elif _RULE.match(text) and not (self.before == "text" and _UNDERLINE.match(text)):
            self._alone("***")  # the library takes fewer spellings for a rule, and would take the others for nested lists
        elif marker := _MARKER.match(text):
            self._item(text, indent, marker)
        elif _HEADING.match(text):
            self._alone(text)
        else:
            self._words(text)

    def _starts_something(self, text: str) -> bool:
        return bool(text[0] in ">#" or _MARKER.match(text) or _FENCE.match(text) or _RULE.match(text))

    def _put(self, text: str, kind: _Kind) -> None:
        del self.lists[len(self.offsets) :]
        self.out.append(" " * (4 * len(self.offsets)) + text)
        self.before = kind
        self.at += 1

    def _gap(self) -> None:
        if self.out and self.out[-1]:
            self.out.append("")

    def _alone(self, text: str) -> None:
        """A heading or a rule stands between empty lines, else every parser's test reads the whole rest of the block again."""
        self._gap()
        self._put(text, "blank")
        self.out.append("")

    def _words(self, text: str) -> None:
        if _REFERENCE.match(text) and self.before in {"blank", "reference"}:
            self.out.append(text)  # at the margin, or it would make a loose item of the list before it
            self.before = "reference"
            self.at += 1
        elif _UNDERLINE.match(text) and self.before == "text":
            self._put(text, "blank")
            self.out.append("")
        else:
            if self.before in {"reference", "code"}:
                self._gap()
            # What is words by now must stay words. The library obeys most signs in the middle of a paragraph too, and reads the
            # whole rest of it again after each.
            words = _OBEYED.sub(r"\g<0>\\", text, count=1)
            self._put(words, self.before if self.before in {"item", "quote"} else "text")

    def _item(self, text: str, indent: int, marker: re.Match[str]) -> None:
        sign, space = marker.groups()
        ordered = sign[0].isdigit()
        kind = "." if ordered else "-"
        level = len(self.offsets)
        joins = self.before == "item" and self.lists[level : level + 1] in ([], [kind])
        if self.before == "text" and ordered and int(sign[:-1]) != 1 and self.lists[level : level + 1] != ["."]:
            self._words(text)  # "in\n2019. It" is a sentence that was wrapped
            return
        if self.depth + level >= MAX_DEPTH:
            self._words(text)
            return
        if not joins:
            self._gap()
        rest = self._escape_deep(text[marker.end() :], level + 1)
        del self.lists[level:]
        self.lists.append(kind)
        own_indent = " " * (4 * level)
        self.offsets.append(indent + len(sign) + (len(space) if len(space) <= 4 else 1))  # noqa: PLR2004 - else it is code
        if fence := _FENCE.match(rest):
            rest = self._fenced(fence, self.offsets[-1])
        self.out.append(f"{own_indent}{sign[:-1]}. {rest}" if ordered else f"{own_indent}- {rest}")
        self.before = "item"
        self.at += 1

    def _escape_deep(self, rest: str, level: int) -> str:
        """`- - - - x`: markers on one line are levels too, and more than a few are no list."""
        start, limit = 0, min(MAX_DEPTH, self.depth + level + _MORE_ON_A_LINE)
        while found := _MARKER.match(rest, start) or _QUOTE.match(rest, start):
            level += 1
            if self.depth + level > limit:
                last = found.end(1) - 1 if found.re is _MARKER else start
                return f"{rest[:last]}\\{rest[last:]}"
            start = found.end()
        return rest

    def _quotation(self, text: str, indent: int) -> None:
        if self.depth + len(self.offsets) >= MAX_DEPTH:
            self._words(text)
            return
        if self.before != "quote":
            self._gap()
        base = self.offsets[-1] if self.offsets else 0
        quoted: list[str] = []
        while text.startswith(">") and indent >= base:
            quoted.append(_QUOTE.sub("", text, count=1))
            self.at += 1
            if self.at == len(self.lines):
                break
            line = self.lines[self.at].expandtabs(4)
            text = line.lstrip(" ")
            indent = len(line) - len(text)
        margin = " " * (4 * len(self.offsets))
        laid_out = lay_out(quoted, self.stash, self.depth + len(self.offsets) + 1)
        self.out += [f"{margin}> {line}" if line else f"{margin}>" for line in laid_out]
        self.before = "quote"

    def _fenced(self, fence: re.Match[str], indent: int) -> str:
        """Take the lines up to the closing fence, or to the end of the item or post, as people forget it; `at` is on the last."""
        sign, info = fence.groups()
        closing = re.compile(rf" *{re.escape(sign[0])}{{{len(sign)},}}[ \t]*$")
        base = self.offsets[-1] if self.offsets else 0
        code: list[str] = []
        at = self.at + 1
        while at < len(self.lines):
            line = self.lines[at]
            if closing.match(line):
                break
            lead = len(line) - len(line.lstrip(" "))
            if lead < base and line.strip():
                at -= 1
                break
            code.append(line[min(lead, indent) :])
            at += 1
        self.at = at
        return self.stash(code_block("\n".join(code), info))


def code_block(code: str, info: str = "") -> str:
    """HTML of a block of code; the language is taken from the first word of `info` if it looks like one."""
    first = info.lower().lstrip("{. ").split(maxsplit=1)
    language = LANGUAGE.fullmatch(first[0].rstrip("}")) if first else None
    attribute = f' class="language-{language.group()}"' if language else ""
    return f"<pre><code{attribute}>{html.escape(code, quote=False)}\n</code></pre>"
