"""`flask search …`"""

import sys

import click
from flask.cli import AppGroup

from app import clock
from search import indexer, similar
from search.engine import Condition, IndexBusy
from search.semantic import keeper, near_index
from search.semantic.meaning import current_meaning
from search.site import current_engine

group = AppGroup("search", help="The index that search looks into.")


@group.command("rebuild")
@click.option("--related/--no-related", default=True, help="Look up related questions too; the longer half of the work.")
def rebuild(related: bool) -> None:
    """Make the index anew; the site goes on being searched meanwhile."""
    try:
        questions = indexer.rebuild()
    except IndexBusy as busy:
        sys.exit(f"Nothing was done: {busy}.")
    health = current_engine().health()
    click.echo(f"{questions:,} questions in {health.documents:,} documents, {health.bytes_on_disk / 1e6:.1f} MB")
    done = 0
    for done in keeper.keep_all():
        click.echo(f"\rvectors: {done:,}", nl=False, err=True)
    if done:
        click.echo(err=True)
    if related:
        done = 0
        for done in similar.relate_all(clock.utcnow()):
            click.echo(f"\rrelated questions: {done:,} of {questions:,}", nl=False, err=True)
        click.echo(err=True)


@group.command("index-vectors")
def index_vectors() -> None:
    """Have PostgreSQL keep an index of the vectors (needs its extension pgvector); web processes that start later use it."""
    if not near_index.make():
        sys.exit("There is no index: it needs PostgreSQL, its extension vector 0.7 or later, and a role that may create it.")
    click.echo("The vectors have an index. Start the web processes anew; they keep the vectors in memory until then.")


@group.command("status")
def status() -> None:
    """How the index is, and whether search is by meaning too; exit status 1 when the index has to be made anew."""
    meaning = current_meaning()
    if meaning.encoder() is None:
        click.echo(f"by words alone: {meaning.problem}")
    else:
        click.echo(f"by words and by meaning: {keeper.count():,} vectors")
    health = current_engine().health()
    if health.condition is Condition.READY:
        size = f"{health.bytes_on_disk / 1e6:.1f} MB"
        click.echo(f"ready: {health.questions:,} questions in {health.documents:,} documents, {size}")
        return
    click.echo(f"{health.condition}: {health.reason}")
    sys.exit(1)
