"""`flask reputation …`"""

import sys

import click
from flask.cli import AppGroup

from app import clock
from app.db import db
from reputation import audit as auditing
from reputation import grounds, neighbours
from reputation.audit import SHOWN, Findings
from reputation.grounds import Grounds

group = AppGroup("reputation", help="The ledger of reputation.")


@group.command("audit")
@click.option("--repair", is_flag=True, help="Put right what can be: totals and boards; everything else by new entries only.")
def audit(repair: bool) -> None:
    """Prove that totals, boards and caps are what the ledger says, and that what it paid stands; exit status 1 when not."""
    checkers = neighbours.ask().checkers
    books, causes = auditing.audit(db.session()), grounds.check(db.session(), checkers)
    db.session.rollback()
    click.echo(f"{books.entries:,} entries of {books.people:,} people")
    _say_books(books)
    _say_causes(causes)
    if repair and not (books.clean and causes.clean):
        done = grounds.repair(checkers, clock.utcnow())
        click.echo(f"{done.totals} totals and {done.boards} places on boards set to what the ledger says")
        click.echo(f"new entries: {done.reversed} take back, {done.paid} pay, {done.withheld} withhold over a cap")
        books, causes = auditing.audit(db.session()), grounds.check(db.session(), checkers)
        db.session.rollback()
    clean = books.clean and causes.clean
    click.echo("The books are in order." if clean else "The books are not in order.")
    if not clean:
        sys.exit(1)


def _say_books(found: Findings) -> None:
    for user_id, cached, ledger in found.wrong_totals:
        click.echo(f"person {user_id}: the total says {cached}, the ledger {ledger}")
    for (user_id, period, tag_id), stands, right in found.wrong_boards:
        click.echo(f"person {user_id}: the board {period}, tag {tag_id or 'any'}, says {stands}, the ledger {right}")
    for user_id, day, counted in found.over_cap:
        click.echo(f"person {user_id}: {counted} points from votes count on {day}")
    for name, ids in (
        ("entries that cannot follow the one before them", found.wrong_reversals),
        ("entries with a reason that is not on the price list", found.unknown_reasons),
        ("entries that do not pay the price", found.wrong_prices),
    ):
        if ids:
            click.echo(f"{name}: {', '.join(map(str, ids))}")


def _say_causes(found: Grounds) -> None:
    for kind, number in found.unknown.items():
        click.echo(f"{number} causes begin with “{kind}”, which nobody knows")
    for words, causes in (
        ("paid, but the cause does not stand", [one.cause for one in found.groundless]),
        ("paid twice", [one.cause for one in found.twice]),
        ("never paid", [posting.cause for posting in found.unpaid]),
    ):
        if causes:
            more = f" and {len(causes) - SHOWN} more" if len(causes) > SHOWN else ""
            click.echo(f"{words}: {', '.join(causes[:SHOWN])}{more}")
