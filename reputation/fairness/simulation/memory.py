"""A made-up world's records as the rules read them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from reputation.fairness.records import ACCEPT, DOWN, UP, Given, Posts, Someone, Tallies


class Memory:
    """A `Source` in memory: a window of what was given, who wrote what, and who they are."""

    def __init__(self, given: Iterable[Given], posts: Iterable[tuple[int, tuple[int, ...]]], people: Iterable[Someone]) -> None:
        """`posts`: (author, tags) of everything that can be voted on."""
        self._people = {one.id: one for one in people}
        self._by: dict[str, dict[int, list[Given]]] = {kind: defaultdict(list) for kind in (UP, DOWN, ACCEPT)}
        self._pairs: dict[str, dict[int, dict[int, int]]] = {
            kind: defaultdict(lambda: defaultdict(int)) for kind in (UP, DOWN, ACCEPT)
        }
        self._to: dict[str, dict[int, dict[int, int]]] = {
            kind: defaultdict(lambda: defaultdict(int)) for kind in (UP, DOWN, ACCEPT)
        }
        self._tags: dict[str, dict[int, float]] = {kind: defaultdict(float) for kind in (UP, DOWN, ACCEPT)}
        self._authors: dict[str, dict[tuple[int, int], float]] = {kind: defaultdict(float) for kind in (UP, DOWN, ACCEPT)}
        views = []
        for one in sorted(given, key=lambda one: one.at):
            self._by[one.kind][one.by].append(one)
            self._pairs[one.kind][one.by][one.to] += 1
            self._to[one.kind][one.to][one.by] += 1
            for tag in one.tags:
                self._tags[one.kind][tag] += 1
                self._authors[one.kind][tag, one.to] += 1
            if one.kind == ACCEPT:
                views.append(one.views)
        self._usual = sum(views) / len(views) if views else 0.0
        self._post_tags: dict[int, float] = defaultdict(float)
        self._post_authors: dict[tuple[int, int], float] = defaultdict(float)
        for author, tags in posts:
            for tag in tags:
                self._post_tags[tag] += 1
                self._post_authors[tag, author] += 1
        self._marks: dict[str, list[Someone]] = defaultdict(list)
        for person in self._people.values():
            for mark in person.marks:
                self._marks[mark].append(person)

    def pairs(self, kind: str, people: Collection[int], least: int) -> Iterable[tuple[int, int, int]]:
        for by in sorted(people):
            for to, count in self._pairs[kind].get(by, {}).items():
                if count >= least:
                    yield by, to, count

    def pairs_to(self, kind: str, people: Collection[int], least: int) -> Iterable[tuple[int, int, int]]:
        for to in sorted(people):
            for by, count in self._to[kind].get(to, {}).items():
                if count >= least:
                    yield by, to, count

    def total(self, kind: str) -> float:
        return float(sum(len(theirs) for theirs in self._by[kind].values()))

    def received(self, kind: str, people: Collection[int]) -> Mapping[int, float]:
        return {to: float(sum(self._to[kind].get(to, {}).values())) for to in people}

    def given(self, kind: str, people: Collection[int]) -> Mapping[int, Sequence[Given]]:
        return {by: self._by[kind].get(by, []) for by in people}

    def tallies(self, kind: str, tags: Collection[int], authors: Collection[int]) -> Tallies:
        return Tallies(self._tags[kind], self._authors[kind])

    def posts(self, tags: Collection[int], authors: Collection[int]) -> Posts:
        return Posts(self._post_tags, self._post_authors)

    def people(self, ids: Collection[int]) -> Mapping[int, Someone]:
        return {one: self._people[one] for one in ids}

    def together(self, ids: Collection[int]) -> Iterable[Collection[Someone]]:
        marks = sorted({mark for one in ids for mark in self._people[one].marks})
        return [self._marks[mark] for mark in marks]

    def usual_views(self) -> float:
        return self._usual
