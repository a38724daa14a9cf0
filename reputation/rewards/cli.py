"""`flask rewards …`"""

import sys

import click
from flask.cli import AppGroup

from app import clock
from app.db import db
from app.errors import DomainError
from reputation.rewards import closing, verifying

group = AppGroup("rewards", help="What points are worth in money.")


@group.command("verify")
@click.argument("period", type=int)
def verify(period: int) -> None:
    """Compute a closed PERIOD anew from the ledger and compare it, to the cent; exit status 1 when it differs."""
    try:
        verdict = verifying.verify(db.session(), period)
    except DomainError as error:
        sys.exit(error.message)
    finally:
        db.session.rollback()
    click.echo(f"{verdict.statements:,} statements of {verdict.people:,} people")
    for line in verdict.differences[: verifying.SHOWN]:
        click.echo(line)
    if len(verdict.differences) > verifying.SHOWN:
        click.echo(f"… and {len(verdict.differences) - verifying.SHOWN:,} further differences")
    click.echo("The period differs from the ledger." if verdict.differences else "The period is what the ledger says.")
    if verdict.differences:
        sys.exit(1)


@group.command("go-on")
def go_on() -> None:
    """Go on with a closing or a preview that was begun, to its end; the worker does the same, a little at a time."""
    worked = 0
    while step := closing.go_on(clock.utcnow()):
        worked += step
    click.echo(f"{worked} batches")
