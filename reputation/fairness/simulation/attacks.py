"""Attackers: each adds people and what they arrange to a world, within the product's caps."""

from collections.abc import Callable, Mapping, Sequence

from reputation.fairness.records import DOWN, UP
from reputation.fairness.simulation.world import MINUTE, WINDOW, Person, Post, World

Attack = Callable[[World, str], None]


def _author(world: World, posts: int) -> Person:
    """Somebody who writes a fair deal under usual tags."""
    chance = world.chance
    one = world.person([chance.randrange(8), chance.randrange(8)], 0.2, 0.3, -chance.uniform(20, 600))
    for _ in range(posts):
        world.post(one, chance.uniform(-40, WINDOW - 20))
    return one


def _posts(world: World, author: Person) -> list[Post]:
    found = [post for post in world.posts if post.author == author.id]
    world.chance.shuffle(found)
    return found


def _honestly(world: World, person: Person, votes: int) -> None:
    """Votes as everybody casts them."""
    there = [post for post in world.posts if set(post.tags) & set(person.tags)]
    cast = tried = 0
    while there and cast < votes and tried < votes * 20:
        tried += 1
        seen = max(world.chance.choices(there, k=3), key=lambda post: post.views * world.chance.random())
        if world.chance.random() < seen.quality:
            cast += world.vote(person, seen, UP, world.chance.uniform(max(0.0, person.joined, seen.at), WINDOW))


def _in_days(world: World, by: Person, posts: Sequence[Post], kind: str, a_day: int, start: float, attack: str) -> None:
    """So many a day, within minutes, until there are no more."""
    for number, post in enumerate(posts):
        at = start + number // a_day + (number % a_day) * world.chance.uniform(0.3, 2) * MINUTE
        world.vote(by, post, kind, at, attack)


def serial(world: World, name: str) -> None:
    """A friend's account votes an author up, five or six a day for some days, and little else."""
    author = _author(world, 30)
    friend = world.person(author.tags, 0.1, 0.0, world.chance.uniform(-100, 20))
    _honestly(world, friend, world.chance.randrange(0, 6))
    wanted = _posts(world, author)[: world.chance.randrange(12, 30)]
    _in_days(world, friend, wanted, UP, world.chance.randrange(5, 7), WINDOW - 18, name)


def revenge(world: World, name: str) -> None:
    """Somebody votes another down, three a day for some days."""
    author = _author(world, 25)
    angry = world.person(author.tags, 0.2, 0.1, -world.chance.uniform(30, 500))
    _honestly(world, angry, world.chance.randrange(10, 30))
    wanted = _posts(world, author)[: world.chance.randrange(6, 14)]
    _in_days(world, angry, wanted, DOWN, 3, WINDOW - 15, name)


def _ring(world: World, name: str, size: int, each: tuple[int, int], honest: tuple[int, int]) -> None:
    members = [_author(world, 10) for _ in range(size)]
    for one in members:
        _honestly(world, one, world.chance.randrange(*honest))
    for by in members:
        for to in members:
            if by is not to:
                for post in _posts(world, to)[: world.chance.randrange(*each)]:
                    world.vote(by, post, UP, world.chance.uniform(max(0.0, post.at), WINDOW), name)


def ring(world: World, name: str) -> None:
    """Three to twelve people vote for each other; the smaller the ring, the more."""
    size = world.chance.randrange(3, 13)
    most = max(3, 22 // size)
    _ring(world, name, size, (2, most + 1), (3, 12))


def hidden_ring(world: World, name: str) -> None:
    """The same among at least twice as many honest votes."""
    size = world.chance.randrange(4, 9)
    _ring(world, name, size, (1, 3), (3 * size, 6 * size))


def accept_farm(world: World, name: str) -> None:
    """One account asks, another answers within minutes, the first accepts, and nobody looks."""
    chance = world.chance
    pair = [world.person([chance.randrange(8)], 0.1, 0.0, -chance.uniform(0, 100)) for _ in range(2)]
    for number in range(chance.randrange(6, 16)):
        a, b = pair if number % 3 else pair[::-1]
        tags = (a.tags[0],)
        world.accept(
            a, b, tags, chance.uniform(WINDOW - 40, WINDOW - 1), chance.uniform(1, 8), 1, chance.uniform(3, 200) * MINUTE, name
        )


def drip(world: World, name: str) -> None:
    """One vote for an author every day or two, for the whole window."""
    author = _author(world, 50)
    friend = world.person(author.tags, 0.1, 0.0, -world.chance.uniform(10, 400))
    _honestly(world, friend, world.chance.randrange(4, 14))
    at = world.chance.uniform(0, 3)
    for post in _posts(world, author):
        world.vote(friend, post, UP, max(at, post.at), name)
        at += world.chance.uniform(1, 3)


def camouflage(world: World, name: str) -> None:
    """A sixth to a third of a person's votes goes to one author, the rest is honest, all of it under the same tags."""
    author = _author(world, 40)
    friend = world.person([*author.tags, world.chance.randrange(8)], 0.2, 0.05, -world.chance.uniform(10, 400))
    arranged = world.chance.randrange(7, 17)
    _honestly(world, friend, int(arranged * world.chance.uniform(2, 5)))
    for post in _posts(world, author)[:arranged]:
        world.vote(friend, post, UP, world.chance.uniform(max(0.0, post.at), WINDOW), name)


def throwaways(world: World, name: str) -> None:
    """Accounts that were made to vote for one author and do nothing else, over time and from anywhere."""
    author = _author(world, 20)
    for _ in range(world.chance.randrange(3, 8)):
        one = world.person(author.tags, 0.05, 0.0, world.chance.uniform(-30, 40))
        _honestly(world, one, world.chance.randrange(0, 3))
        for post in _posts(world, author)[: world.chance.randrange(4, 8)]:
            world.vote(one, post, UP, world.chance.uniform(max(0.0, one.joined, post.at), WINDOW), name)


def mutual_signups(world: World, name: str) -> None:
    """Accounts made from one network in two days, which vote for each other and for who made them."""
    chance = world.chance
    maker = _author(world, 15)
    came, mark = chance.uniform(WINDOW - 28, WINDOW - 12), f"attack-{len(world.people)}"
    made = [world.person(maker.tags, 0.05, 0.0, came + chance.uniform(0, 2), mark) for _ in range(chance.randrange(3, 7))]
    for one in made:
        for _ in range(2):
            world.post(one, chance.uniform(one.joined, WINDOW - 6))
    for one in made:
        for to in (maker, *made):
            if to is not one:
                for post in _posts(world, to)[: 4 if to is maker else 2]:
                    world.vote(one, post, UP, chance.uniform(max(one.joined, post.at), WINDOW), name)


ATTACKS: Mapping[str, Attack] = {
    "serial votes up": serial,
    "revenge votes down": revenge,
    "ring of 3 to 12": ring,
    "accept farm": accept_farm,
    "slow drip": drip,
    "throwaway accounts": throwaways,
    "mutual sign-ups": mutual_signups,
    "camouflage": camouflage,
    "ring among honest votes": hidden_ring,
}
"""By name. The last two are the hidden ones."""

HIDDEN = frozenset({"camouflage", "ring among honest votes"})
