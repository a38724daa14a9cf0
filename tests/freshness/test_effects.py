"""What follows from what an answer is: its place on the page, its mark for machines, search, who hears of it, where its address
leads."""

from datetime import datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from community.freshness import archive
from community.models import Answer
from community.moderation import removal
from tests.people import People
from tests.stories import answer, answered, ask

URL = "/questions/1/my-router-drops-the-wi-fi-every-evening"
DAY = timedelta(days=1)


# --- superseded ---------------------------------------------------------------------------------------------------------


def test_the_address_leads_to_what_took_its_place(client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, first = answered(people, now)
    second = answer(question_id, people.ana, now)
    other = ask(people.marta, now, title="Another question altogether")
    third = answer(other, people.ana, now)

    def leads(to: str = f"/answers/{first}") -> str:
        led = client.get(to)
        assert led.status_code == 302
        return str(led.location)

    archive.archive(first, reason="", successor_id=second, by=people.mo, now=now)
    assert leads() == f"{URL}#answer-{second}"
    archive.archive(second, reason="", successor_id=third, by=people.mo, now=now)
    assert leads() == leads(f"/answers/{second}") == f"/questions/{other}/another-question-altogether#answer-{third}"
    assert leads(f"/answers/{first}?stay=1") == f"{URL}#answer-{first}", "the old text can still be read"
    removal.remove_answer(third, reason="Spam", by=people.mo, now=now)
    assert leads() == f"{URL}#answer-{second}", "as far as there is something to read"
    archive.restore(second, by=people.mo, now=now)
    assert leads() == f"{URL}#answer-{second}"
    archive.restore(first, by=people.mo, now=now)
    assert leads() == f"{URL}#answer-{first}"


def test_a_circle_leads_nowhere_else(client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    """The verb makes none; an import or a person at the database may."""
    question_id, first = answered(people, now)
    second = answer(question_id, people.ana, now)
    for here, there in ((first, second), (second, first)):
        session.execute(update(Answer).where(Answer.id == here).values(archived_at=now, state="archived", successor_id=there))
    session.commit()
    assert client.get(f"/answers/{first}").location == f"{URL}#answer-{first}"
    assert client.get(URL).status_code == 200
