"""Read the demo community from the TOML files beside this module. `content/README.md` describes them."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.demo import checks
from app.demo.events import EVENTS, Answer, Ask, Event, Person, TagPlan
from app.demo.tables import ContentError, build

CONTENT = Path(__file__).with_name("content")


@dataclass(frozen=True)
class DemoContent:
    """The whole community: who, under which tags, and what happened, oldest first."""

    people: tuple[Person, ...]
    tags: tuple[TagPlan, ...]
    events: tuple[Event, ...]

    @property
    def questions(self) -> tuple[Ask, ...]:
        return tuple(event for event in self.events if isinstance(event, Ask))

    @property
    def answers(self) -> tuple[Answer, ...]:
        return tuple(event for event in self.events if isinstance(event, Answer))


def load_content(folder: Path = CONTENT) -> DemoContent:
    """Read and check everything; ContentError names the first place that breaks a rule, FileNotFoundError a missing file."""
    people = tuple(build(Person, table, f"people.toml, person {n}") for n, table in _tables(folder / "people.toml", "people"))
    tags = tuple(build(TagPlan, table, f"tags.toml, tag {n}") for n, table in _tables(folder / "tags.toml", "tags"))
    files = sorted((folder / "questions").glob("*.toml"))
    stories = [list(_story(file)) for file in files]
    events = [event for story in stories for event in story]
    events.sort(key=lambda event: -event.days_ago)
    content = DemoContent(people, tags, tuple(events))
    checks.check(content.people, content.tags, stories)
    return content


def _tables(file: Path, name: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{file.name}: {error}") from error
    if set(read) != {name} or not isinstance(read[name], list):
        raise ContentError(f"{file.name}: it holds a list of [[{name}]] and nothing else")
    yield from enumerate(read[name], start=1)


def _story(file: Path) -> Iterator[Event]:
    """One question's events in the order of the file, with every shared event told once per person."""
    days_ago: object = None
    for number, table in _tables(file, "events"):
        where = f"{file.name}, event {number}"
        kind = EVENTS.get(str(table.get("do")))
        if kind is None:
            raise ContentError(f"{where}: do is {table.get('do')!r}, not one of {', '.join(EVENTS)}")
        days_ago = table.get("days_ago", days_ago if kind.shared else None)
        if days_ago is None:
            raise ContentError(f"{where}: days_ago missing")
        said = {key: value for key, value in table.items() if key not in {"do", "by"}}
        who = table.get("by")
        for by in who if kind.shared and isinstance(who, list) else [who]:
            yield build(kind, said | {"by": by, "days_ago": days_ago, "question": file.stem, "number": number}, where)
