"""A dump's files into the stage: what cannot be taken is counted with its file and row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from app.importers.report import Report
from app.importers.stackexchange import rows, values
from app.importers.stackexchange.readers import KINDS, Kind, Reading, Row
from app.importers.stackexchange.rows import DumpError
from app.importers.stackexchange.stage import Stage, Table
from app.importers.stackexchange.values import Unusable

NEEDED = ("Posts.xml", "Users.xml")
TEXTS = (*NEEDED, "Comments.xml")
"""Files whose texts are rendered."""
FACTS = ("Votes.xml", "Tags.xml", "Badges.xml", "PostHistory.xml", "PostLinks.xml")


def find(folder: Path) -> dict[str, Path]:
    """The dump's files in `folder` by their names, whatever their case. Raises DumpError without Posts.xml or Users.xml."""
    if not folder.is_dir():
        raise DumpError(f"{folder} is no folder. Unpack the dump and name the folder its files are in.")
    lower = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_file()}
    found = {name: lower[name.lower()] for name in (*TEXTS, *FACTS) if name.lower() in lower}
    for name in NEEDED:
        if name not in found:
            raise DumpError(f"{folder} holds no {name}, which every import needs. Unpack the whole dump there.")
    return found


def load(
    stage: Stage, files: Mapping[str, Path], kinds: Sequence[str], report: Report, reading: Reading, tick: Callable[[int], None]
) -> None:
    """Read these files, where there are any, into the stage. `tick` hears how many bytes were read.

    Raises DumpError when a file is no part of a dump; then the stage is worth nothing.
    """
    for name in kinds:
        if name not in files:
            continue
        if name in KINDS:
            _load(stage, name, files[name], KINDS[name], reading, report, tick)
        elif name == "Tags.xml":
            _load_tags(stage, files[name], reading, report, tick)
        else:
            badges = sum(1 for _ in _rows(name, files[name], "badges", report, tick))
            report.pass_over(name, "a badge: it was earned elsewhere, by rules that are not ours", count=badges)


def _load(stage: Stage, name: str, path: Path, kind: Kind, reading: Reading, report: Report, tick: Callable[[int], None]) -> None:
    table = Table(stage, kind.table, kind.columns)
    for line, row in _rows(name, path, kind.root, report, tick):
        try:
            found = kind.read(row, line, reading)
        except Unusable as error:
            report.pass_over(name, str(error), _where(line, row))
            reading.notes.clear()
            continue
        if reading.notes:
            for note in reading.notes:
                report.pass_over(name, note, _where(line, row))
            reading.notes.clear()
        elsewhere = kind.elsewhere(found[2])
        if elsewhere:
            report.pass_over(name, elsewhere)
        if (not elsewhere or kind.keep_elsewhere) and not table.add(found, sum(map(len, row.values()))):
            report.pass_over(name, "a number that an earlier row has", _where(line, row))
    table.flush()


def _where(line: int, row: Row) -> str:
    return f"line {line}, row {row.get('Id', '?')[:20]}"


def _load_tags(stage: Stage, path: Path, reading: Reading, report: Report, tick: Callable[[int], None]) -> None:
    for line, row in _rows("Tags.xml", path, "tags", report, tick):
        name = values.tag_name(row.get("TagName", ""))
        if name is None:
            report.pass_over("Tags.xml", "a name that no tag can have here", _where(line, row))
        elif not stage.do("INSERT OR IGNORE INTO tags VALUES (?, ?)", (name, reading.optional_reference(row, "ExcerptPostId"))):
            report.pass_over("Tags.xml", "a name that an earlier row has", _where(line, row))


def _rows(name: str, path: Path, root: str, report: Report, tick: Callable[[int], None]) -> Iterator[tuple[int, Row]]:
    def too_long(line: int) -> None:
        report.pass_over(name, f"longer than {rows.MAX_ROW:,} bytes", f"line {line}")

    return rows.read(path, root, too_long, tick)
