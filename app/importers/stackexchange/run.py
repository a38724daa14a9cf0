"""The whole import of a dump, step by step; each step can be repeated."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.config import Settings
from app.importers.report import Report
from app.importers.stackexchange import check, load, markup, people, readers, stage, tagging, threads, values
from app.importers.stackexchange.rows import DumpError
from app.importers.stackexchange.stage import Stage
from reputation import points

SLACK = timedelta(days=1)
"""A date in a dump may be so far in the future: clocks differ."""

_SITE = re.compile(r"(?=.{4,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+")


@dataclass(frozen=True)
class Step:
    """How far a step of the import is, for whoever watches."""

    name: str
    done: int
    of: int


def source_of(folder: Path, named: str | None = None) -> str:
    """The name of the site a dump is from: as given, or the folder's. Raises DumpError for what is no site's name."""
    name = (named or folder.resolve().name).lower()
    if _SITE.fullmatch(name):
        return name
    if named:
        raise DumpError(f"{named!r} is no site's name; it should look like ai.stackexchange.com.")
    raise DumpError(f"The folder's name, {name!r}, is no site's. Say where the dump is from, as --source ai.stackexchange.com.")


def import_dump(
    folder: Path, source: str, settings: Settings, spread_days: int, now: datetime, watch: Callable[[Step], None]
) -> Report:
    """Bring the dump in `folder` in; what is here already stays as it is. Returns what was done and what was passed over.

    Can be killed at any moment: a question is here whole or not at all, and the next run does the rest. Raises DumpError when the
    folder holds no dump, a file of it is broken (then nothing is written), or another import of the source is running.
    """
    started = time.monotonic()
    files = load.find(folder)
    report = Report(source)
    folder_of_stages = settings.data_dir / "imports"
    with stage.locked(folder_of_stages, source):
        path = folder_of_stages / f"{source}.stage"
        laid_out = _stage(path, files, report, settings, now, watch)
        try:
            _publish(laid_out, source, report, spread_days, now, watch)
        finally:
            laid_out.close()
        stage.discard(path)
    report.seconds = time.monotonic() - started
    return report


def _stage(
    path: Path, files: dict[str, Path], report: Report, settings: Settings, now: datetime, watch: Callable[[Step], None]
) -> Stage:
    """The dump laid out: as an interrupted run left it, or anew."""
    made_from = stage.fingerprint(files.values(), settings.time_zone, points.PRICES, points.DAILY_CAP)
    found = stage.kept(path, made_from)
    if found is not None:
        stage.load_report(found, report)
        return found
    made = Stage(path)
    made.create()
    sizes = {name: file.stat().st_size for name, file in files.items()}
    meter = _Meter(watch, "reading", sum(sizes.values()))
    reading = readers.Reading(values.as_stored(now + SLACK), ZoneInfo(settings.time_zone))
    with markup.helpers(sum(sizes.get(name, 0) for name in load.TEXTS)) as helpers, made.writing():
        load.load(made, files, load.TEXTS, report, reading, meter.tick)
        texts = _Meter(watch, "rendering", markup.count(made))
        rendering = markup.Rendering(made, helpers, texts.tick)

        def tick(read: int) -> None:
            meter.tick(read)
            rendering.go_on()

        load.load(made, files, load.FACTS, report, reading, tick)
        rendering.finish()
    check.weed(made, report)
    check.work_out_points(made, report)
    with made.writing():
        stage.save_report(made, report)
    stage.keep(path, made_from)
    return made


def _publish(
    laid_out: Stage, source: str, report: Report, spread_days: int, now: datetime, watch: Callable[[Step], None]
) -> None:
    count = laid_out.one
    tagging.publish(laid_out, report, now, _Meter(watch, "tags", count("SELECT count(*) FROM tags")[0]).tick)
    people.publish(laid_out, source, report, now, _Meter(watch, "people", count("SELECT count(*) FROM users")[0]).tick)
    meter = _Meter(watch, "posts", count("SELECT count(*) FROM posts WHERE thread IS NOT NULL")[0])
    threads.publish(laid_out, source, report, spread_days, now, meter.tick)


class _Meter:
    """Adds up what is done of one step."""

    def __init__(self, watch: Callable[[Step], None], name: str, of: int) -> None:
        self._watch, self._name, self._of, self._done = watch, name, of, 0

    def tick(self, more: int) -> None:
        self._done += more
        self._watch(Step(self._name, self._done, self._of))
