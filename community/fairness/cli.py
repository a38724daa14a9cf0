"""`flask fairness …`"""

import click
from flask.cli import AppGroup

from app import clock
from app.db import db
from community.fairness import night, queries, settings
from reputation.fairness.simulation.measure import measure, table, world_of

group = AppGroup("fairness", help="Votes that look arranged.")


@group.command("night")
def run_night() -> None:
    """Look at everything new now. The worker does this by itself every night, in slices."""
    night.look(clock.utcnow())
    click.echo(f"{queries.open_count()} findings and appeals wait for a moderator")


@group.command("simulate")
@click.option("--seed", type=int, default=1, show_default=True, help="The first world's number.")
@click.option("--runs", type=click.IntRange(1, 200), default=5, show_default=True, help="So many worlds.")
@click.option("--people", type=click.IntRange(50, 5000), default=500, show_default=True, help="Honest people in each.")
@click.option("--usual-lines", is_flag=True, help="With the usual lines rather than this site's own.")
def simulate(seed: int, runs: int, people: int, usual_lines: bool) -> None:
    """How much of made-up attacks this site's lines would find, and how much that is honest they would take.

    docs/fairness.md tells what is in these worlds.
    """
    lines = {} if usual_lines else settings.lines(db.session())
    db.session.rollback()
    click.echo(table(measure((world_of(number, people) for number in range(seed, seed + runs)), lines)))
