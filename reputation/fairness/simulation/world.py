"""Honest people: they ask and answer under tags they know, read what is there, and vote by what they think of it.

Also the innocent who look guilty: fans of a prolific helper in a narrow tag, a class of students, an office behind one address,
readers who only vote, an asker whom one person always helps.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field

from reputation.fairness.records import ACCEPT, DOWN, UP, Given, Someone

WINDOW = 63
"""Days."""
UPS_A_DAY, DOWNS_A_DAY, VOTES_A_DAY = 6, 3, 30
"""The product's caps: a pair's, and a person's."""
MINUTE = 1 / 1440
GRATEFUL = 0.08
"""Share of people who once in the window go through the page of somebody who helped them."""


@dataclass
class Post:
    """A question or an answer."""

    id: int
    author: int
    tags: tuple[int, ...]
    at: float
    quality: float
    """0 to 1: how likely a reader votes it up."""
    views: float
    is_answer: bool = True


@dataclass
class Person:
    """Somebody honest, unless an attack says otherwise."""

    id: int
    tags: list[int]
    sessions: float
    """How often they come to read, a day."""
    joined: float
    mark: str = ""
    writes: float = 0.0
    favourites: set[int] = field(default_factory=set)
    critical: float = 0.05


@dataclass
class World:
    """Everything that happened in the window."""

    chance: random.Random
    tags: int
    people: list[Person] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    guilty: dict[int, str] = field(default_factory=dict)
    """Id of what was given by arrangement → the attack's name."""
    look: dict[int, str] = field(default_factory=dict)
    """Person → what kind of innocent look-alike they are."""
    _voted: set[tuple[int, int]] = field(default_factory=set)
    _days: dict[tuple[object, ...], int] = field(default_factory=lambda: defaultdict(int))

    def person(self, tags: list[int], sessions: float, writes: float, joined: float = -200.0, mark: str = "") -> Person:
        one = Person(len(self.people) + 1, tags, sessions, joined, mark or f"m{len(self.people)}", writes)
        self.people.append(one)
        return one

    def post(self, author: Person, at: float, tags: tuple[int, ...] | None = None, views: float | None = None) -> Post:
        chosen = tags if tags is not None else self._tags(author)
        quality = min(0.9, max(0.03, self.chance.gauss(0.35, 0.2)))
        seen = views if views is not None else self.chance.lognormvariate(3.2, 1.0)
        made = Post(len(self.posts) + 1, author.id, chosen, at, quality, seen, self.chance.random() < 0.65)  # noqa: PLR2004 - the share of answers among posts
        self.posts.append(made)
        return made

    def vote(self, by: Person, post: Post, kind: str, at: float, attack: str = "") -> bool:
        """Within the product's caps; False where they refuse it."""
        day = int(at)
        most = UPS_A_DAY if kind == UP else DOWNS_A_DAY
        pair, own = (by.id, post.author, kind, day), (by.id, day)
        if post.author == by.id or (by.id, post.id) in self._voted or post.at > at or not 0 <= at < WINDOW:
            return False
        if self._days[pair] >= most or self._days[own] >= VOTES_A_DAY:
            return False
        self._days[pair] += 1
        self._days[own] += 1
        self._voted.add((by.id, post.id))
        self._give(Given(0, kind, by.id, post.author, post.tags, at), attack)
        return True

    def accept(
        self, by: Person, to: Person, tags: tuple[int, ...], at: float, views: float, answers: int, took: float, attack: str = ""
    ) -> None:
        """A question, its answer, and that it was accepted."""
        self.post(by, at, tags, views)
        self.post(to, at, tags, views)
        self._give(Given(0, ACCEPT, by.id, to.id, tags, at + took, int(views), answers, took), attack)

    def _give(self, one: Given, attack: str) -> None:
        numbered = Given(len(self.given) + 1, one.kind, one.by, one.to, one.tags, one.at, one.views, one.answers, one.took)
        self.given.append(numbered)
        if attack:
            self.guilty[numbered.id] = attack

    def _tags(self, person: Person) -> tuple[int, ...]:
        first = self.chance.choice(person.tags)
        if self.chance.random() < 0.35:  # noqa: PLR2004 - as often a question has a second tag
            return tuple(sorted({first, self.chance.randrange(self.tags)}))
        return (first,)

    def someones(self) -> list[Someone]:
        """As the rules see them; networks are known of those who joined within a month of the window's end."""
        written: dict[int, int] = defaultdict(int)
        for post in self.posts:
            written[post.author] += 1
        return [
            Someone(one.id, one.joined, written[one.id], frozenset({one.mark}) if one.joined > WINDOW - 30 else frozenset())
            for one in self.people
        ]


def honest(seed: int, people: int = 500, tags: int = 20) -> World:
    """A community without attackers: WINDOW days, with its look-alikes."""
    chance = random.Random(seed)  # noqa: S311 - a made-up world, the same for the same seed
    world = World(chance, tags)
    for _ in range(people):
        first = min(tags - 1, int(chance.expovariate(0.18)))
        own = [first, *(chance.randrange(tags) for _ in range(chance.randrange(1, 4)))]
        writes = chance.lognormvariate(-3.2, 1.3) if chance.random() < 0.6 else 0.0  # noqa: PLR2004 - the others only read
        joined = chance.uniform(0, WINDOW) if chance.random() < 0.15 else -chance.uniform(0, 900)  # noqa: PLR2004 - newcomers
        one = world.person(own, chance.lognormvariate(-2.0, 1.0), writes, joined)
        one.critical = chance.uniform(0, 0.12)
    _look_alikes(world)
    _write(world)
    _accept(world)
    _like(world)
    _read(world)
    return world


def _look_alikes(world: World) -> None:
    chance = world.chance
    # A prolific helper in a narrow tag, and those who read little else.
    narrow = world.tags
    world.tags += 1
    helper = world.person([narrow], 0.3, 0.8)
    for _ in range(15):
        fan = world.person([narrow, narrow, narrow, chance.randrange(5)], chance.uniform(0.1, 0.4), 0.04)
        world.look[fan.id] = "fan"
    world.look[helper.id] = "fan"
    # A class: one network, one week, one tag, one teacher.
    lesson = world.tags
    world.tags += 1
    came = chance.uniform(WINDOW - 29, WINDOW - 20)
    teacher = world.person([lesson], 0.2, 0.5, mark="school")
    world.look[teacher.id] = "class"
    for _ in range(20):
        student = world.person([lesson, lesson, 0], chance.uniform(0.1, 0.3), 0.12, came + chance.uniform(0, 3), "school")
        world.look[student.id] = "class"
    # An office: one address, the same products, people who know each other; some came lately.
    for number in range(15):
        joined = chance.uniform(WINDOW - 28, WINDOW - 5) if number < 5 else -chance.uniform(0, 600)  # noqa: PLR2004 - the new ones
        colleague = world.person([1, 2, 3], chance.uniform(0.1, 0.4), 0.06, joined, "office")
        world.look[colleague.id] = "office"


def _write(world: World) -> None:
    chance = world.chance
    for person in [one for one in world.people if one.writes > 0]:
        at = max(-60.0, person.joined) + chance.expovariate(person.writes)
        while at < WINDOW:
            world.post(person, at)
            at += chance.expovariate(person.writes)


def _accept(world: World) -> None:
    """Askers accept who answered: people who write under the tag, by how much they write. One asker is always helped by one
    person who owns a small tag."""
    chance = world.chance
    writers: dict[int, list[Person]] = defaultdict(list)
    for one in world.people:
        for tag in set(one.tags):
            if one.writes > 0:
                writers[tag].append(one)
    for person in list(world.people):
        if person.writes <= 0:
            continue
        at = max(0.0, person.joined) + chance.expovariate(person.writes * 0.25)
        while at < WINDOW - 1:
            tag = chance.choice(person.tags)
            able = [one for one in writers[tag] if one is not person]
            if able:
                to = chance.choices(able, [one.writes for one in able])[0]
                views, took = chance.lognormvariate(3.2, 1.0), chance.expovariate(1 / 0.6)
                world.accept(person, to, (tag,), at, views, 1 + int(chance.expovariate(1.2)), min(took, WINDOW - 1 - at))
            at += chance.expovariate(person.writes * 0.25)
    helper, asker = world.people[10], world.people[11]
    small = world.tags
    world.tags += 1
    helper.tags, helper.writes = [small], 0.3
    world.look[asker.id] = "helped"
    for _ in range(6):
        at = chance.uniform(0, WINDOW - 2)
        world.accept(asker, helper, (small,), at, chance.lognormvariate(2.8, 0.8), 1, chance.expovariate(3))
    for _ in range(14):
        world.post(helper, chance.uniform(0, WINDOW), (small,))


def _like(world: World) -> None:
    """Favourites: whose posts a person reads first. Colleagues look at each other's."""
    chance = world.chance
    by_tag: dict[int, list[Person]] = defaultdict(list)
    for one in world.people:
        for tag in one.tags:
            if one.writes > 0:
                by_tag[tag].append(one)
    office = [one.id for one in world.people if world.look.get(one.id) == "office"]
    for one in world.people:
        near = by_tag[chance.choice(one.tags)]
        if near and chance.random() < 0.4:  # noqa: PLR2004 - so many have any
            one.favourites.update(chance.choice(near).id for _ in range(chance.randrange(1, 3)))
        if one.id in office:
            one.favourites.update(chance.sample(office, 2))
        one.favourites.discard(one.id)


def _read(world: World) -> None:
    """Sessions: some posts under a tag, the read and the good ones first; now and then one author's posts in a row."""
    chance = world.chance
    by_tag: dict[int, list[Post]] = defaultdict(list)
    by_author: dict[int, list[Post]] = defaultdict(list)
    for post in world.posts:
        by_author[post.author].append(post)
        for tag in post.tags:
            by_tag[tag].append(post)
    for person in world.people:
        at = max(0.0, person.joined) + chance.expovariate(person.sessions)
        if chance.random() < GRATEFUL:
            _thank(world, person, by_author, at)
        while at < WINDOW:
            there = by_tag[chance.choice(person.tags)]
            if person.favourites and chance.random() < 0.2:  # noqa: PLR2004 - as often they go to somebody's own page
                there = by_author[chance.choice(sorted(person.favourites))] or there
            for _ in range(1 + int(chance.expovariate(0.25))):
                if not there:
                    break
                seen = max(chance.choices(there, k=3), key=lambda post: post.views * chance.random())
                wanted = seen.quality * (2.0 if seen.author in person.favourites else 1.0)
                if chance.random() < wanted:
                    world.vote(person, seen, UP, at)
                elif seen.quality < 0.2 and chance.random() < person.critical * 2:  # noqa: PLR2004 - a poor post
                    world.vote(person, seen, DOWN, at)
                at += chance.uniform(0.5, 4) * MINUTE
            at += chance.expovariate(person.sessions)


def _thank(world: World, person: Person, by_author: dict[int, list[Post]], at: float) -> None:
    """Somebody was helped, goes to the helper's page and votes up some of what stands there, in a row."""
    near = [one for one in world.people if one.writes > 0 and set(one.tags) & set(person.tags) and one is not person]
    if near:
        theirs = by_author[world.chance.choices(near, [one.writes for one in near])[0].id]
        for post in theirs[-world.chance.randrange(3, 9) :]:
            world.vote(person, post, UP, at)
            at += world.chance.uniform(0.2, 1) * MINUTE


__all__ = ["DOWNS_A_DAY", "MINUTE", "UPS_A_DAY", "WINDOW", "Person", "Post", "World", "honest"]
