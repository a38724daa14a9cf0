"""The rules a demo community keeps, so that replaying it through the product's own verbs is never refused half-way."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from app.demo.events import (
    Accept,
    Acknowledge,
    Answer,
    Archive,
    Ask,
    Close,
    Comment,
    Edit,
    Event,
    MeToo,
    Person,
    Signal,
    TagPlan,
    Verify,
    Vote,
)
from app.demo.tables import ContentError
from community.moderation.closing import REASONS

FACES = Path(__file__).parents[2] / "static" / "faces.svg"
"""Everybody's face in one picture, so that a page with many people asks for one file; a `<view>` cuts out each."""


def check(people: Sequence[Person], tags: Sequence[TagPlan], stories: Sequence[Sequence[Event]]) -> None:
    """Refuse, with a ContentError that names the place, what cannot have happened."""
    known_tags = {tag.name for tag in tags}
    _once("tags.toml", [tag.name for tag in tags])
    for what in ("key", "name", "email"):
        _once("people.toml", [getattr(person, what) for person in people])
    faces = {view.get("id") for view in ET.parse(FACES).iter("{http://www.w3.org/2000/svg}view")}  # noqa: S314 - our own file
    for person in people:
        if unknown := set(person.expertise) - known_tags:
            raise ContentError(f"people.toml, {person.key}: no tag is called {min(unknown)}")
        if person.key not in faces:
            raise ContentError(f"people.toml, {person.key}: static/faces.svg has no view of that name")
    asked: dict[str, float] = {}
    for story in stories:
        if not story or not isinstance(story[0], Ask):
            raise ContentError(f"{story[0].where if story else 'an empty file'}: a question begins with ask")
        asked[story[0].question] = story[0].days_ago
    told = {person.key: person for person in people}
    for story in stories:
        _Story(told, known_tags, asked).tell(story)


def _once(file: str, names: Sequence[str]) -> None:
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise ContentError(f"{file}: {name} is there twice")


@dataclass
class _Story:
    """What is known of one question while its events are told."""

    people: Mapping[str, Person]
    tags: set[str]
    asked: Mapping[str, float]
    asker: str = ""
    under: tuple[str, ...] = ()
    authors: dict[str, str] = field(default_factory=dict)
    """Who wrote what: "question" and the answers' ids."""
    archived: set[str] = field(default_factory=set)
    accepted: bool = False
    closed: bool = False
    said: set[tuple[str, ...]] = field(default_factory=set)
    """What somebody can say once: votes, signals, "I have this too"."""

    def tell(self, story: Sequence[Event]) -> None:
        before = story[0].days_ago
        for event in story:
            if event.by not in self.people:
                raise self.refuse(event, f"nobody is called {event.by}")
            if event.days_ago > before:
                raise self.refuse(event, "it happens before the event above it")
            if event.days_ago < 0:
                raise self.refuse(event, "it has not happened yet")
            if event.days_ago > self.people[event.by].joined_days_ago:
                raise self.refuse(event, f"{event.by} had not joined yet")
            before = event.days_ago
            self.tell_one(event)

    def refuse(self, event: Event, why: str) -> ContentError:
        return ContentError(f"{event.where}: {why}")

    def tell_one(self, event: Event) -> None:
        match event:
            case Ask():
                self.ask(event)
            case Answer():
                self.answer(event)
            case Comment(on=on) | Edit(on=on):
                self.author_of(event, on)
            case Vote(on=on):
                self.not_own(event, on)
                self.once(event, "vote", on, event.by)
            case Signal(answer=answer):
                self.not_own(event, answer)
                self.once(event, "signal", answer, event.by)
            case MeToo():
                self.not_own(event, "question")
                self.once(event, "me too", event.by)
            case Accept():
                self.accept(event)
            case Verify():
                self.verify(event)
            case Archive():
                self.archive(event)
            case Close():
                self.close(event)
            case Acknowledge():
                self.by_staff(event, "acknowledges")

    def ask(self, event: Ask) -> None:
        if self.authors:
            raise self.refuse(event, "a file asks one question")
        if not event.tags or (unknown := set(event.tags) - self.tags):
            raise self.refuse(event, f"no tag is called {min(unknown)}" if event.tags else "a question has a tag")
        self.asker, self.under = event.by, event.tags
        self.authors["question"] = event.by

    def answer(self, event: Answer) -> None:
        if event.id in self.authors:
            raise self.refuse(event, f"{event.id} is there twice")
        if self.closed:
            raise self.refuse(event, "the question is closed")
        if event.official:
            self.by_staff(event, "answers officially")
        self.authors[event.id] = event.by

    def by_staff(self, event: Event, does: str) -> None:
        if self.people[event.by].role == "customer":
            raise self.refuse(event, f"only staff {does}")

    def author_of(self, event: Event, on: str) -> str:
        if on not in self.authors:
            raise self.refuse(event, f"there is no answer {on} yet")
        if on in self.archived:
            raise self.refuse(event, f"{on} is archived")
        return self.authors[on]

    def not_own(self, event: Event, on: str) -> None:
        if self.author_of(event, on) == event.by:
            raise self.refuse(event, f"{event.by} wrote it")

    def once(self, event: Event, *what: str) -> None:
        if what in self.said:
            raise self.refuse(event, f"{event.by} said so before")
        self.said.add(what)

    def accept(self, event: Accept) -> None:
        self.author_of(event, event.answer)
        if event.by != self.asker:
            raise self.refuse(event, "the asker accepts")
        if self.accepted:
            raise self.refuse(event, "an answer is accepted already")
        self.accepted = True

    def verify(self, event: Verify) -> None:
        self.not_own(event, event.answer)
        if not set(self.people[event.by].expertise) & set(self.under):
            raise self.refuse(event, f"{event.by} is no expert for {', '.join(self.under)}")
        if (event.body is not None) != (event.verdict == "repaired"):
            raise self.refuse(event, "a repair, and nothing else, brings a new text")

    def archive(self, event: Archive) -> None:
        author = self.author_of(event, event.answer)
        if event.by != author and self.people[event.by].role not in {"moderator", "admin"}:
            raise self.refuse(event, "its author or a moderator archives")
        if event.successor is not None:
            self.author_of(event, event.successor)
            if event.successor == event.answer:
                raise self.refuse(event, "an answer does not succeed itself")
        self.archived.add(event.answer)

    def close(self, event: Close) -> None:
        if self.people[event.by].role not in {"moderator", "admin"}:
            raise self.refuse(event, "a moderator closes")
        if self.closed:
            raise self.refuse(event, "it is closed already")
        if event.reason not in REASONS or (event.reason == "duplicate") != (event.duplicate_of is not None):
            raise self.refuse(event, f"{event.reason} is no reason here")
        target = event.duplicate_of
        if target is not None and (target == event.question or self.asked.get(target, -1.0) <= event.days_ago):
            raise self.refuse(event, f"no question {target} was there yet")
        self.closed = True
