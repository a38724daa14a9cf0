"""The `flask` commands. `.flaskenv` names this module, so that web processes load none of it."""

import logging
import os
import sys
from datetime import timedelta

import click
from flask import Flask
from flask.cli import AppGroup

from app import clock, config, outbox, schema
from app.accounts import signup
from app.config import SettingsError
from app.db import db
from app.errors import DomainError
from app.factory import create_app as create_web_app
from app.importers.cli import group as import_group
from app.jobs import AFTER_COMMIT
from community import rerender
from community.badges.cli import group as badges_group
from community.fairness.cli import group as fairness_group
from community.freshness.cli import group as freshness_group
from reputation.cli import group as reputation_group
from reputation.rewards.cli import group as rewards_group
from search.cli import group as search_group

outbox_group = AppGroup("outbox", help="Messages that wait to be delivered.")
render_group = AppGroup("render", help="The HTML that is stored beside each text.")
people_group = AppGroup("people", help="Accounts.")
GROUPS = (
    fairness_group,
    badges_group,
    freshness_group,
    import_group,
    outbox_group,
    people_group,
    render_group,
    reputation_group,
    rewards_group,
    search_group,
)


def create_app() -> Flask:
    """The application with its commands; a wrong setting ends it with one clear line."""
    try:
        settings = config.load(config.environment(os.environ))
    except SettingsError as error:
        sys.exit(str(error))
    logging.basicConfig(level=logging.WARNING)
    app = create_web_app(settings)
    schema.init_app(app)
    for group in GROUPS:
        app.cli.add_command(group)
    return app


@outbox_group.command("drain")
def drain() -> None:
    """Deliver what waits, now."""
    delivered = 0
    while claimed := outbox.drain(AFTER_COMMIT, clock.utcnow()):
        delivered += claimed
    click.echo(f"{delivered} messages taken up")


@outbox_group.command("status")
def status() -> None:
    """How much waits, for how long, and what is dead."""
    found = outbox.status(db.session(), clock.utcnow())
    waited = timedelta(seconds=int(found.oldest.total_seconds())) if found.oldest else "0:00:00"
    click.echo(f"{found.waiting} wait, the oldest for {waited}; {found.dead} dead")
    for line in found.errors:
        click.echo(f"  {line}")


@outbox_group.command("retry")
def retry() -> None:
    """Give dead letters a new life."""
    click.echo(f"{outbox.retry_dead(clock.utcnow())} will be tried again")


@render_group.command("again")
@click.option("--everything", is_flag=True, help="Also what the present renderer made.")
def render_again(everything: bool) -> None:
    """Make the HTML of stored texts anew, after an upgrade that changed the renderer."""
    done = 0
    for done in rerender.render_again(everything=everything):
        click.echo(f"\r{done} texts", nl=False, err=True)
    click.echo(f"{done} texts were rendered again")


@people_group.command("create-admin")
@click.option("--name", prompt=True)
@click.option("--email", prompt="Mail address")
@click.password_option()
def create_admin(name: str, email: str, password: str) -> None:
    """Make an account with all rights; the first one of a new site."""
    try:
        signup.create_admin(name, email, password, clock.utcnow())
    except DomainError as error:
        sys.exit(error.message)
    click.echo(f"{name} can sign in now, and give others their roles.")
