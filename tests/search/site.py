"""A whole site for the tests: questions asked and answered by verbs, and what the worker does after each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import outbox
from app.accounts.models import User
from app.jobs import AFTER_COMMIT
from community import answers, questions
from community.models import Tag
from search.engine import Hit
from search.site import current_engine
from search.syntax import read
from tests.people import People

NOISE = 6
"""Questions about other things, so that a word can be rare."""


@dataclass
class Site:
    """Acts of the people of the tests at one moment."""

    people: People
    now: datetime

    def drain(self) -> None:
        """What the worker does."""
        while outbox.drain(AFTER_COMMIT, self.now):
            pass

    def ask(self, title: str, body: str = "It happens every evening since Monday.", tags: str = "broadband", **more: str) -> int:
        return questions.ask(title=title, body=body, tags_text=tags, by=self.people.marta, now=self.now, **more)

    def answer(self, to: int, body: str, by: User | None = None) -> int:
        return answers.post(to, body=body, by=by or self.people.jonas, now=self.now)

    def search(self, text: str, later: float = 0) -> list[Hit]:
        """What is found `later` days from now, once the worker has done its work."""
        self.drain()
        return list(current_engine().search(read(text, self.now + timedelta(days=later)).query).hits)

    def find(self, text: str, later: float = 0) -> list[int]:
        return [hit.question_id for hit in self.search(text, later)]


def settle(session: Session, people: People, now: datetime) -> Site:
    """A site with some questions about nothing of interest."""
    session.add(Tag(name="noise", created_at=now))
    session.commit()
    site = Site(people, now)
    for number in range(NOISE):
        title = f"Something quite different, number {number}"
        questions.ask(title=title, body="Nothing of interest here.", tags_text="noise", by=people.marta, now=now)
    site.drain()
    return site
