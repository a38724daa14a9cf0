"""The ledger as people read it: everybody's page explains every point they have."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.people import person_url
from app.demo.load import load_demo
from community.queries.person_ledger import words_of
from reputation import points
from reputation.models import Entry
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.pages.reading import plain, walk


@on_sqlite
def test_every_point_in_the_demo_community_is_explained(app: Flask, client: FlaskClient, session: Session, clock: Clock) -> None:
    """What the pages of a person's reputation show adds up to their total, and each entry has words."""
    load_demo(clock.now)
    everybody = session.execute(select(User.id, User.name, User.reputation)).all()
    session.rollback()
    assert len(everybody) == 12
    for user_id, name, total in everybody:
        lines = []
        for page in walk(client, f"{person_url(user_id, name)}?tab=reputation"):
            shown = re.search(r"<b>([\d,]+)</b> reputation", page)
            assert shown is not None
            assert int(shown[1].replace(",", "")) == total
            lines += re.findall(r'<li><b class="(?:plus|minus)">([+−]\d+)</b><p>(.*?)</p>', page, re.DOTALL)
        # What votes down cost their voter is shown to nobody else.
        own = select(func.count(), func.coalesce(func.sum(Entry.delta), 0)).where(Entry.user_id == user_id)
        secret, cost = session.execute(own.where(Entry.reason == "downvoting")).one()
        assert points.STARTING_REPUTATION + sum(int(delta.replace("−", "-")) for delta, _ in lines) == total - cost
        assert len(lines) == session.execute(own).one()[0] - secret
        assert all(plain(words)[:1].isupper() for _, words in lines)
        session.rollback()


def test_every_reason_has_words() -> None:
    for reason, price in points.PRICES.items():
        assert words_of(reason) == price.words
        assert words_of(points.REVERSAL, reason) == f"taken back: {price.words}"
        assert words_of(points.REINSTATEMENT, reason) == f"given back: {price.words}"


@pytest.mark.parametrize("reason", points.PRICES)
def test_words_speak_of_nobody_in_particular(reason: str) -> None:
    """They stand on the person's page for everybody who reads it, and on the help page."""
    assert not re.search(r"\b(you|your|they|their|he|she)\b", points.PRICES[reason].words)
    assert points.PRICES[reason].words[0].islower()
