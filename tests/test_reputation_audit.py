"""The audit's edges: what it costs, how much it tells, and that a repaired total is seen at once."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from community import acceptance, votes
from reputation import audit, ledger, points
from reputation.audit import SHOWN
from reputation.ledger import Posting
from reputation.models import Entry
from tests.clock import Clock
from tests.pages.reading import plain
from tests.people import People
from tests.statements import count_statements
from tests.stories import accepted, answered


def pay(people: People, now: datetime, count: int, prefix: str = "test") -> list[Entry]:
    with transaction() as session:
        wanted = [Posting(people.jonas.id, "still_right", f"{prefix}:{number}") for number in range(count)]
        return ledger.post(session, wanted, now)


@pytest.mark.parametrize("count", [3, 30, 120])
def test_twelve_statements_whatever_the_size(session: Session, people: People, now: datetime, count: int) -> None:
    pay(people, now, count)
    with count_statements() as sent:
        found = audit.audit(session)
    assert len(sent) == 12
    assert (found.entries, found.people, found.clean) == (count, 5, True)


def test_a_story_told_by_verbs_is_clean(session: Session, people: People, now: datetime) -> None:
    _, answer_id = accepted(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    votes.withdraw(answer_id=answer_id, by=people.ana, now=now)
    acceptance.withdraw(answer_id, by=people.marta, now=now)
    found = audit.audit(session)
    assert found.clean
    assert found.entries == 6


@pytest.mark.parametrize(
    ("crooked", "off"),
    [
        ({"delta": 0}, True),
        ({"delta": -1, "withheld": 1}, True),
        ({"delta": -1, "user_id": "marta"}, True),
        ({"delta": -1}, False),
    ],
    ids=["undoes too little", "undoes what was never withheld", "undoes somebody else's", "undoes it exactly"],
)
def test_a_reversal_undoes_exactly_one_entry(
    session: Session, people: People, now: datetime, crooked: dict[str, object], off: bool
) -> None:
    (entry,) = pay(people, now, 1)
    values = {"user_id": people.jonas.id, **crooked}
    if values["user_id"] == "marta":
        values["user_id"] = people.marta.id
    session.add(Entry(reason=points.REVERSAL, cause="crooked", reverses_id=entry.id, origin_id=entry.id, at=now, **values))
    session.flush()
    assert (len(audit.audit(session).wrong_reversals) == 1) is off


def test_some_examples_are_enough(session: Session, people: People, now: datetime) -> None:
    session.add_all(
        Entry(user_id=people.jonas.id, delta=0, reason="a gift", cause=f"x:{number}", at=now) for number in range(SHOWN + 5)
    )
    session.flush()
    assert len(audit.audit(session).unknown_reasons) == SHOWN


def test_a_repaired_total_is_seen_at_once(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    """On a stored page, too; and what was right stays untouched."""
    answered(people, clock.now)
    session.execute(update(User).where(User.id == people.jonas.id).values(reputation=9000))
    session.commit()
    page = f"/people/{people.jonas.id}/jonas"
    assert "9,000 reputation" in plain(client.get(page).text)
    with transaction() as open_session:
        assert audit.recompute_totals(open_session) == 1
    assert f"{points.STARTING_REPUTATION} reputation" in plain(client.get(page).text)
