"""The `flask import` commands."""

import gc
import sqlite3
import sys
import time
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from app import clock
from app.config import Settings
from app.importers.stackexchange import dates, run
from app.importers.stackexchange.rows import DumpError
from app.importers.stackexchange.run import Step
from community.badges import history

group = AppGroup("import", help="Bring in what was written elsewhere.")

NEWS_EVERY = 0.2
"""Seconds between two words on how far it is, on a terminal; elsewhere ten times as many."""


@group.command("stackexchange")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--source", help="The site the dump is from, as ai.stackexchange.com. Unless given, the folder's name.")
@click.option(
    "--spread-days",
    type=click.IntRange(0, 3650),
    default=dates.SPREAD_DAYS,
    show_default=True,
    help="Answers that would have expired long ago enter as due and expire over so many days; 0: they enter as expired.",
)
def stackexchange(folder: Path, source: str | None, spread_days: int) -> None:
    """Bring in a Stack Exchange data dump, unpacked in FOLDER.

    Posts.xml and Users.xml have to be there; Votes, Comments, Tags, Badges, PostHistory and PostLinks may be missing. Can be
    interrupted and started again; what is here already stays as it is.
    """
    gc.freeze()  # what is loaded by now stays; looking through it again and again would cost a tenth of the time
    settings: Settings = current_app.config["SETTINGS"]
    watch = Watch()
    try:
        report = run.import_dump(folder, run.source_of(folder, source), settings, spread_days, clock.utcnow(), watch.see)
    except (DumpError, OSError, sqlite3.Error) as error:
        watch.end()
        raise click.ClickException(str(error)) from None
    except DBAPIError as error:
        watch.end()
        why = str(error.orig).splitlines()[0]
        raise click.ClickException(
            f"The database refused ({why}). Mend that and start again: it goes on where it stopped."
        ) from None
    watch.end()
    for line in report.lines():
        click.echo(line)
    # What people earned elsewhere they have here too; nobody is told of what they did years ago.
    click.echo(f"{history.run(quiet=True, anew=True, now=clock.utcnow()):,} badges were earned by it.")
    click.echo("Next: `flask search rebuild` makes it searchable.")


class Watch:
    """Tells on standard error how far the import is: one line that changes on a terminal, now and then a line elsewhere."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._every = NEWS_EVERY if self._live else NEWS_EVERY * 10
        self._last = time.monotonic()
        self._shown = False

    def see(self, step: Step) -> None:
        """Take in how far a step is."""
        moment = time.monotonic()
        if moment - self._last < self._every:
            return
        self._last, self._shown = moment, True
        words = f"{step.name}: {step.done / max(step.of, 1):.0%} ({step.done:,} of {step.of:,})"
        click.echo(f"\r{words:<60}" if self._live else words, err=True, nl=not self._live)

    def end(self) -> None:
        """Leave the cursor on a line of its own."""
        if self._live and self._shown:
            click.echo(err=True)
