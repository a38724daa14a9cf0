"""`flask badges …`"""

import sys

import click
from flask.cli import AppGroup

from app import clock
from app.errors import DomainError
from community.badges import history
from reputation.badges.models import BadgeRun

group = AppGroup("badges", help="Badges, and who has earned them.")


@group.command("run")
@click.argument("names", nargs=-1)
@click.option("--quiet", is_flag=True, help="Tell nobody; else everybody who earns something gets one notice.")
def run(names: tuple[str, ...], quiet: bool) -> None:
    """Award what was earned before there was the rule: of the badges NAMED, or of all.

    Can be interrupted and started again; it goes on where it stopped. What was awarded already stays as it is.
    """

    def see(one: BadgeRun) -> None:
        click.echo(f"\rup to person {one.cursor}: {one.awarded} badges", nl=False, err=True)

    try:
        awarded = history.run(names, quiet=quiet, now=clock.utcnow(), see=see)
    except DomainError as error:
        sys.exit(error.message)
    click.echo(f"{awarded} badges were awarded")
