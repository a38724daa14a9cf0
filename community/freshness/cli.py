"""`flask freshness …`"""

import sys
from datetime import datetime

import click
from flask.cli import AppGroup

from app import clock
from app.db import db
from app.errors import DomainError
from community.freshness import impact, learning, releases
from community.freshness import night as nights
from community.freshness import sweep as sweeping
from community.freshness.simulation import fit
from community.freshness.simulation.computing import compute
from community.freshness.simulation.outcome import NAMES, as_csv, table
from community.freshness.simulation.wish import Wish
from community.moderation import tag_merge

LONGEST_SECONDS = 3600.0
"""What a simulation may take at a terminal, where it can be stopped by hand."""

group = AppGroup("freshness", help="The life of answers.")


@group.command("sweep")
def sweep() -> None:
    """Write down which answers became due or expired."""
    done = sweeping.sweep(clock.utcnow())
    click.echo(f"{done.due} became due, {done.expired} expired")


@group.command("night")
def night() -> None:
    """Count today for every answer that it was not counted for yet. The worker does this by itself, in slices."""
    done = nights.run(clock.utcnow())
    click.echo(f"counted for {done.counted} answers; the dates of {done.moved} moved")


@group.command("learn")
def learn() -> None:
    """Learn now how fast answers under each tag go wrong. The worker does this every fortnight."""
    click.echo(f"{learning.learn(clock.utcnow())} tags; the dates follow in the next night")


@group.command("simulate")
@click.option("--from-site", is_flag=True, help="Begin from this site's own counts; options that are given still hold.")
@click.option("--answers", type=int, help=f"Answers at the end; {Wish.answers:,} unless said.")
@click.option("--days", type=int, help=f"How long it runs; {Wish.days} unless said.")
@click.option("--checks", type=float, help=f"Units of work a day: a check is 1, a repair 2 more; {Wish.checks:g} unless said.")
@click.option("--grace", "grace_days", type=int, help=f"Days a due answer stays readable; {Wish.grace_days} unless said.")
@click.option("--rubber-stamped", type=float, help="Share of checks that say “still right” without looking; 0 unless said.")
@click.option("--views", "views_per_day", type=float, help=f"Views a day; {Wish.views_per_day:,.0f} unless said.")
@click.option("--archive", type=float, help=f"Share of the answers that was there before; {Wish.archive:g} unless said.")
@click.option("--life", "life_days", type=float, help=f"Days an answer stays right; {Wish.life_days:g} unless said.")
@click.option("--reports", type=float, help="How readily readers report, as a multiple of the usual; 0 is never.")
@click.option("--confirmations", type=float, help="How readily they say “works for me”, likewise.")
@click.option("--announced", type=float, help=f"Share of releases that staff announce; {Wish.announced:g} unless said.")
@click.option("--caught", type=float, help=f"Share of wrong answers that a check finds wrong; {Wish.caught:g} unless said.")
@click.option("--seed", type=int, help="The first world's number; 1 unless said.")
@click.option("--runs", type=click.IntRange(1, 20), default=1, help="Mean of so many worlds.")
@click.option("--policy", "policies", type=click.Choice(list(NAMES)), multiple=True, help="Only this one; may be repeated.")
@click.option("--csv", is_flag=True, help="Comma-separated, shares as fractions.")
def simulate(from_site: bool, runs: int, policies: tuple[str, ...], csv: bool, **said: float | None) -> None:
    """What would so many checks a day buy? Runs a made-up site under several policies.

    The columns are shares of views; J is the loss that policies are compared by. docs/freshness.md tells what is assumed.
    """
    try:
        given = {name: value for name, value in said.items() if value is not None}
        begun = fit.site(db.session(), clock.utcnow(), int(given.get("days", Wish.days))) if from_site else Wish()
        db.session.rollback()
        wish = begun.but(**given)
        found = compute(wish, runs=runs, seconds=LONGEST_SECONDS, policies=policies or tuple(NAMES))
    except DomainError as error:
        sys.exit(error.message)
    click.echo(as_csv(found) if csv else table(found), nl=not csv)
    if not csv:
        click.echo(f"\n{_about(wish, runs)}")


@group.command("release")
@click.argument("name")
@click.option("--tag", "tags", multiple=True, required=True, help="What it concerns; may be repeated.")
@click.option("--on", "on_day", type=click.DateTime(["%Y-%m-%d"]), help="Its day; today unless said.")
@click.option("--impact", "size", type=click.Choice(list(impact.KAPPA)), default="medium", show_default=True)
@click.option("--note", default="", help="What changed, for customers.")
@click.option("--spread", "spread_days", type=int, default=releases.SPREAD_DAYS, show_default=True, help="Days.")
def release(name: str, tags: tuple[str, ...], on_day: datetime | None, size: str, note: str, spread_days: int) -> None:
    """Announce that a product or tariff changed: what was answered before grows doubtful when its day has come."""
    now = clock.utcnow()
    day = on_day.date() if on_day else releases.today(now)
    try:
        made = releases.announce(name, day, size, tags, note=note, spread_days=spread_days, by=None, now=now)
    except DomainError as error:
        sys.exit(error.message)
    click.echo(f"Announced for {day}: /releases/{made}. The worker applies it when its day has come.")


@group.command("merge-tags")
@click.argument("name")
@click.argument("into")
def merge_tags(name: str, into: str) -> None:
    """Give the questions of one tag another one; the first one's name leads to it from then on."""
    try:
        moved = tag_merge.merge(tag_merge.find(name), tag_merge.find(into), by=None, now=clock.utcnow())
    except DomainError as error:
        sys.exit(error.message)
    click.echo(f"{moved} questions were moved")


def _about(wish: Wish, runs: int) -> str:
    worlds = f"seed {wish.seed}" if runs == 1 else f"mean of seeds {wish.seed} to {wish.seed + runs - 1}"
    return (
        f"{wish.answers:,} answers, {wish.days} days, {wish.views_per_day:,.0f} views and {wish.checks:g} units of work a day,"
        f" {wish.grace_days} days of grace, {worlds}"
    )
