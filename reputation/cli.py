"""`flask reputation …`"""

import sys

import click
from flask.cli import AppGroup

from app.db import db, transaction
from reputation import audit as auditing

group = AppGroup("reputation", help="The ledger of reputation.")


@group.command("audit")
@click.option("--repair", is_flag=True, help="Set cached totals that are off to what the ledger says.")
def audit(repair: bool) -> None:
    """Prove that cached totals and the ledger agree; exit status 1 when they do not."""
    found = auditing.audit(db.session())
    db.session.rollback()
    click.echo(f"{found.entries:,} entries of {found.people:,} people")
    for user_id, cached, ledger in found.wrong_totals:
        click.echo(f"person {user_id}: the total says {cached}, the ledger {ledger}")
    for name, ids in (
        ("reversals that do not undo their entry", found.wrong_reversals),
        ("entries with a reason that is not on the price list", found.unknown_reasons),
        ("entries that do not pay the price", found.wrong_prices),
    ):
        if ids:
            click.echo(f"{name}: {', '.join(map(str, ids))}")
    if repair and found.wrong_totals:
        with transaction() as session:
            click.echo(f"{auditing.recompute_totals(session)} totals set to what the ledger says")
        return
    click.echo("The books are in order." if found.clean else "The books are not in order.")
    if not found.clean:
        sys.exit(1)
