"""The whole import of a dump, step by step; each step can be repeated."""

import re
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app import rendering
from app.config import Settings
from app.db import db
from app.importers import bulk
from app.importers.report import Report
from app.importers.stackexchange import check, load, markup, people, readers, stage, tagging, threads, values
from app.importers.stackexchange.rows import DumpError
from app.importers.stackexchange.stage import Stage
from community.freshness import links, night
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
    stages = settings.data_dir / "imports"
    with stage.locked(stages, source), bulk.long_log(db.session()):
        done = _Import(source, settings, now, watch).complete(files, stages / f"{source}.stage", spread_days)
    done.seconds = time.monotonic() - started
    return done


class _Import:
    """One run."""

    def __init__(self, source: str, settings: Settings, now: datetime, watch: Callable[[Step], None]) -> None:
        self._source, self._settings, self._now, self._watch = source, settings, now, watch
        self._report = Report(source)

    def complete(self, files: Mapping[str, Path], path: Path, spread_days: int) -> Report:
        """Lay the dump out in `path`, or take what an interrupted run laid out there, and publish it."""
        made_from = stage.fingerprint(
            files.values(), self._settings.time_zone, points.PRICES, points.DAILY_CAP, rendering.RENDERER_VERSION
        )
        found = stage.kept(path, made_from)
        laid_out = found or Stage(path)
        with closing(laid_out):
            if found is not None:
                stage.load_report(laid_out, self._report)
                self._publish_people(laid_out)
            else:
                try:
                    self._lay_out(laid_out, files)
                except BaseException:
                    stage.discard(path)  # as large as the dump, and good for nothing
                    raise
                stage.keep(path, made_from)
            meter = _Meter(self._watch, "posts", laid_out.one("SELECT count(*) FROM posts WHERE thread IS NOT NULL")[0])
            threads.publish(laid_out, self._source, self._report, spread_days, self._now, meter.tick)
        night.adopt_all(self._now)
        links.keep_imported(self._now)
        stage.discard(path)
        return self._report

    def _lay_out(self, made: Stage, files: Mapping[str, Path]) -> None:
        """Read, render, check; and, while helpers are still rendering, publish people, who refer to nothing else."""
        made.begin()
        sizes = {name: file.stat().st_size for name, file in files.items()}
        read = _Meter(self._watch, "reading", sum(sizes.values()))
        reading = readers.Reading(values.as_stored(self._now + SLACK), ZoneInfo(self._settings.time_zone))
        with markup.helpers(sum(sizes.get(name, 0) for name in load.TEXTS)) as helpers:
            load.load(made, files, load.TEXTS, self._report, reading, read.tick)
            rendered = _Meter(self._watch, "rendering", markup.count(made))
            texts = markup.Rendering(made, helpers, rendered.tick)

            def tick(size: int) -> None:
                read.tick(size)
                texts.go_on()

            load.load(made, files, load.FACTS, self._report, reading, tick)
            check.weed(made, self._report)
            check.work_out_points(made, self._report)
            stage.save_report(made, self._report)
            texts.finish("html_users")
            self._publish_people(made, texts.go_on)
            texts.finish()
        made.commit()

    def _publish_people(self, laid_out: Stage, beside: Callable[[], None] = lambda: None) -> None:
        """Tags and people; `beside` is called between their batches."""
        tags = _Meter(self._watch, "tags", laid_out.one("SELECT count(*) FROM tags")[0])
        tagging.publish(laid_out, self._report, self._now, tags.tick)
        met = _Meter(self._watch, "people", laid_out.one("SELECT count(*) FROM users")[0])

        def tick(count: int) -> None:
            met.tick(count)
            beside()

        people.publish(laid_out, self._source, self._report, self._now, tick)


class _Meter:
    """Adds up what is done of one step."""

    def __init__(self, watch: Callable[[Step], None], name: str, of: int) -> None:
        self._watch, self._name, self._of, self._done = watch, name, of, 0

    def tick(self, more: int) -> None:
        self._done += more
        self._watch(Step(self._name, self._done, self._of))
