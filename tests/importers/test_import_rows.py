"""A dump's file is read as a stream, and nothing in it can do harm."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.importers.stackexchange import rows
from app.importers.stackexchange.rows import DumpError, read

HEAD = b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\n<posts>\n'
Found = list[tuple[int, dict[str, str]]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Posts.xml"


def take(file: Path, content: bytes | Iterator[bytes]) -> tuple[Found, list[int]]:
    """The rows of such a file, and the lines of those that were too long."""
    with file.open("wb") as opened:
        for piece in [content] if isinstance(content, bytes) else content:
            opened.write(piece)
    long: list[int] = []
    return list(read(file, "posts", long.append, lambda _bytes: None)), long


def test_rows_come_with_their_lines(file: Path) -> None:
    found, long = take(file, HEAD + b'  <row Id="1" Body="a &lt; b&#xA;c" />\n\n  <row Id="2" />\n</posts>')
    assert found == [(3, {"Id": "1", "Body": "a < b\nc"}), (5, {"Id": "2"})]
    assert long == []


def test_an_empty_file_of_the_kind_has_no_rows(file: Path) -> None:
    assert take(file, HEAD + b"</posts>") == ([], [])


def test_progress_adds_up_to_the_file(file: Path) -> None:
    file.write_bytes(HEAD + b'<row Id="1" />\n' * 20_000 + b"</posts>")
    steps: list[int] = []
    assert sum(1 for _ in read(file, "posts", steps.append, steps.append)) == 20_000
    assert sum(steps) == file.stat().st_size
    assert len(steps) > 3


@pytest.mark.parametrize("size", [rows.CHUNK - 1, rows.CHUNK, rows.CHUNK + 1, 3 * rows.CHUNK, rows.MAX_ROW - 100])
def test_a_long_row_is_whole_wherever_it_is_cut(file: Path, size: int) -> None:
    body = b"x" * size
    found, long = take(file, HEAD + b'<row Id="1" Body="' + body + b'" />\n<row Id="2" />\n</posts>')
    assert [(line, row["Id"]) for line, row in found] == [(3, "1"), (4, "2")]
    assert found[0][1]["Body"] == body.decode()
    assert long == []


@pytest.mark.parametrize("place", range(rows.CHUNK - 40, rows.CHUNK + 3))
def test_the_end_of_a_chunk_may_fall_anywhere(file: Path, place: int) -> None:
    start = HEAD + b'<row Id="1" Body="'
    row = start + b"x" * (place - len(start)) + '" Title="é &amp; ü" />\n<row Id="2" />\n</posts>'.encode()
    found, _ = take(file, row)
    assert [row["Id"] for _, row in found] == ["1", "2"]
    assert found[0][1]["Title"] == "é & ü"


def test_a_row_of_fifty_megabytes_is_left_out_and_named(file: Path) -> None:
    def content() -> Iterator[bytes]:
        yield HEAD + b'<row Id="1" />\n<row Id="2" Body="'
        for _ in range(50):
            yield b"line\n" * 200_000
        yield b'" />\n<row Id="3" />\n<row Id="4" Body="'
        yield b"x" * (2 * rows.MAX_ROW)
        yield b'" />\n<row Id="5" />\n</posts>'

    found, long = take(file, content())
    newlines = 50 * 200_000
    assert [(line, row["Id"]) for line, row in found] == [(3, "1"), (5 + newlines, "3"), (7 + newlines, "5")]
    assert long == [4, 6 + newlines]


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (HEAD + b'<row Id="1" />\n<row Id="2" >\n</posts>', 5, "mismatched tag"),
        (HEAD + b'<row Id="1" Body="a < b" />\n</posts>', 3, "not well-formed"),
        (HEAD + b'<row Id="1" Id="2" />\n</posts>', 3, "duplicate attribute"),
        (HEAD + b'<row Body="&nbsp;" />\n</posts>', 3, "undefined entity"),
        (HEAD + b'<row Body="&#0;" />\n</posts>', 3, "invalid character"),
        (HEAD + b'<row Body="\xff" />\n</posts>', 3, "not well-formed"),
        (HEAD + b'<row Id="1" />\n<row Id="2" Body="cut off he', 4, "unclosed token"),
        (HEAD + b'<row Id="1" />\n', 4, "no element found"),
        (b"", 1, "no element found"),
        (b"PK\x03\x04 a zip", 1, "not well-formed"),
        (HEAD + b"<row><row /></row></posts>", 3, "only rows belong"),
        (HEAD + b"<user /></posts>", 3, "only rows belong"),
        (b"<users><row /></users>", 1, "begins with <users> instead of <posts>"),
        (b'<?xml version="1.0" encoding="klingon"?><posts></posts>', 1, "encoding"),
        (HEAD + b"<!-- " + b"<" * (4 * rows.MAX_ROW) + b" --></posts>", 3, "no Stack Exchange dump"),
        (HEAD + b"</posts>\n<posts></posts>", 4, "junk after document element"),
    ],
)
def test_what_is_no_dump_is_refused_with_file_and_line(file: Path, content: bytes, line: int, why: str) -> None:
    with pytest.raises(DumpError) as refusal:
        take(file, content)
    assert f"Posts.xml, line {line}:" in str(refusal.value)
    assert why in str(refusal.value)
    assert "\n" not in str(refusal.value)


BOMB = b'<!DOCTYPE posts [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    "declaration",
    [
        BOMB,
        b'<!DOCTYPE posts [<!ENTITY secret SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE posts SYSTEM "http://127.0.0.1:9/posts.dtd">',
        b'<!DOCTYPE posts [<!ENTITY % all SYSTEM "file:///etc/passwd">%all;]>',
        b"<!DOCTYPE posts>",
    ],
)
def test_entities_are_refused_before_they_are_read(file: Path, declaration: bytes) -> None:
    with pytest.raises(DumpError, match=r"Posts\.xml, line 2: there is a document type declaration"):
        take(file, b'<?xml version="1.0"?>\n' + declaration + b'\n<posts><row Body="&c;" /></posts>')


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match=r"Posts\.xml cannot be read"):
        list(read(tmp_path / "Posts.xml", "posts", lambda _line: None, lambda _bytes: None))
