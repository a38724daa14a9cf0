"""Groups: rings that vote for each other, accounts that came together, accounts that do nothing but vote for one author.

A group is taken as one: how many votes stayed inside (or went to the one author) against how many the tags would have sent
there, reckoned without what the group itself gave.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from reputation.fairness.chance import expected, surprise
from reputation.fairness.records import UP, Found, Given, Someone, Source

HEAVY = 3.0
"""A pair is looked at when it has so many times the votes that both people's totals would give."""
LEAST_HEAVY = 2
WIDEST = 60
"""Looking for a ring goes no further than to so many people."""
SMALLEST_RING = 3
LARGEST_RING = 30
TIED = 0.5
"""Who is in the core of a group gives or is given by so many of the others, counted both ways."""
PICKED = 0.8
"""What a group's score loses for each of its people: among many people some group always looks odd."""
SUDDEN = 7.0
"""Days within which accounts came together."""
CAME_TOGETHER = 1.0
ONLY_VOTES = 0.5
"""What is added where accounts share a network and a week, and for each that never wrote anything."""
LEAST_OF_SLEEPER = 3
SLEEPER_SHARE = 0.4
"""So much of a sleeper's votes goes to one author."""


def rings(source: Source, people: Collection[int]) -> Iterator[Found]:
    """The rings that one of these people is in."""
    edges = _explore(source, people)
    seen: set[frozenset[int]] = set()
    for group in _components(edges):
        ring = _dense(group, edges)
        if not SMALLEST_RING <= len(ring) <= LARGEST_RING or ring in seen:
            continue
        seen.add(ring)
        yield from _ring(source, ring, "ring", 0.0)


def signups(source: Source, people: Collection[int]) -> Iterator[Found]:
    """Accounts of one network and one week, with one of these people among them, that vote for each other or for one author."""
    done: set[frozenset[int]] = set()
    for sharing in source.together(people):
        for group in _weeks(sharing):
            ids = frozenset(one.id for one in group)
            if len(ids) < 2 or len(ids) > LARGEST_RING or ids in done:  # noqa: PLR2004 - together are at least two
                continue
            done.add(ids)
            given = source.given(UP, ids)
            targets: dict[int, set[int]] = defaultdict(set)
            for by, theirs in given.items():
                for one in theirs:
                    targets[one.to].add(by)
            yield from _ring(source, ids, "signups", CAME_TOGETHER)
            for to in sorted(to for to, fans in targets.items() if len(fans) > 1 and to not in ids):
                yield from _to_one(source, targets[to], to, given, "signups", CAME_TOGETHER)


def sleepers(source: Source, people: Collection[int]) -> Iterator[Found]:
    """Accounts that never wrote, one of these people among them, most of whose votes go to one author."""
    quiet = {one.id for one in source.people(people).values() if not one.posts}
    targets = {to for _, to, _ in source.pairs(UP, quiet, LEAST_OF_SLEEPER)}
    fans: dict[int, set[int]] = defaultdict(set)
    for by, to, _ in source.pairs_to(UP, targets, LEAST_OF_SLEEPER):
        fans[to].add(by)
    everybody = {one for those in fans.values() for one in those}
    asleep = {one.id for one in source.people(everybody).values() if not one.posts}
    given = source.given(UP, asleep)
    for to, those in sorted(fans.items()):
        theirs = {by for by in those & asleep if _share(given.get(by, ()), to) >= SLEEPER_SHARE}
        if len(theirs) > 1:
            yield from _to_one(source, theirs, to, given, "sleepers", ONLY_VOTES * len(theirs))


def _share(votes: Sequence[Given], to: int) -> float:
    count = sum(one.to == to for one in votes)
    return count / len(votes) if count >= LEAST_OF_SLEEPER else 0.0


def _explore(source: Source, people: Collection[int]) -> dict[int, dict[int, int]]:
    """Who votes heavily for whom, from these people on."""
    total = max(1.0, source.total(UP))
    edges: dict[int, dict[int, int]] = {}
    wave = set(people)
    for depth in range(LARGEST_RING):
        found: dict[int, dict[int, int]] = defaultdict(dict)
        for by, to, count in source.pairs(UP, wave, LEAST_HEAVY):
            found[by][to] = count
        given = {by: float(sum(those.values())) for by, those in found.items()}
        received = source.received(UP, {to for those in found.values() for to in those})
        for by in wave:
            edges[by] = {
                to: count
                for to, count in found.get(by, {}).items()
                if count >= HEAVY * given[by] * (received.get(to, 0.0) - count) / total
            }
        wave = {to for by in wave for to in edges[by]} - edges.keys()
        if not wave or (depth and len(edges) > WIDEST + len(people)):
            break
    return edges


def _components(edges: Mapping[int, Mapping[int, int]]) -> Iterator[set[int]]:
    """Strongly connected groups of three or more (Tarjan 1972, without recursion)."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    for start in sorted(edges):
        if start in order:
            continue
        work = [(start, iter(sorted(edges[start])))]
        order[start] = low[start] = len(order)
        stack.append(start)
        on_stack.add(start)
        while work:
            here, children = work[-1]
            for child in children:
                if child not in order:
                    order[child] = low[child] = len(order)
                    stack.append(child)
                    on_stack.add(child)
                    work.append((child, iter(sorted(edges.get(child, {})))))
                    break
                if child in on_stack:
                    low[here] = min(low[here], order[child])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == order[here]:
                    group = set()
                    while True:
                        one = stack.pop()
                        on_stack.discard(one)
                        group.add(one)
                        if one == here:
                            break
                    if len(group) >= SMALLEST_RING:
                        yield group


def _dense(group: set[int], edges: Mapping[int, Mapping[int, int]]) -> frozenset[int]:
    """The core of a group: who is tied to too few of the others is left out, one after the other."""
    core = set(group)
    while len(core) >= SMALLEST_RING:
        weakest = min(sorted(core), key=lambda one: _ties(one, core, edges))
        if _ties(weakest, core, edges) >= max(SMALLEST_RING - 1, TIED * (len(core) - 1)):
            break
        core.remove(weakest)
    return frozenset(core)


def _ties(one: int, core: Collection[int], edges: Mapping[int, Mapping[int, int]]) -> int:
    """With how many of the others somebody is tied, counting both ways."""
    return sum(to in core for to in edges.get(one, ())) + sum(one in edges.get(other, ()) for other in core)


def _weeks(people: Collection[Someone]) -> Iterator[list[Someone]]:
    """Those who joined within SUDDEN of the first of them."""
    group: list[Someone] = []
    for one in sorted(people, key=lambda one: (one.joined, one.id)):
        if group and one.joined - group[0].joined > SUDDEN:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _ring(source: Source, ids: frozenset[int], kind: str, more: float) -> Iterator[Found]:
    given = source.given(UP, ids)
    inside = [one for theirs in given.values() for one in theirs if one.to in ids]
    pairs = {(one.by, one.to) for one in inside}
    taking_part = sorted({by for by, _ in pairs})
    if len(taking_part) < 2 or len(inside) < 2 * LEAST_HEAVY:  # noqa: PLR2004 - a group is at least two
        return
    everything = [one for theirs in given.values() for one in theirs]
    tags = {tag for one in everything for tag in one.tags}
    tallies, posts = source.tallies(UP, tags, ids), source.posts(tags, ids)
    mean = sum(expected(theirs, to, tallies, posts, everything) for by, theirs in given.items() for to in ids if to != by)
    score = surprise(len(inside), mean, len(ids)) + more - PICKED * len(ids)
    density = len(pairs) / (len(ids) * (len(ids) - 1))
    who = "accounts that came from one network within a week" if kind == "signups" else "people"
    yield Found(
        kind,
        score,
        tuple(taking_part),
        tuple(sorted({to for _, to in pairs})),
        votes=tuple(sorted(one.id for one in inside)),
        evidence={
            "people": len(ids),
            "votes": len(inside),
            "of": len(everything),
            "expected": round(mean, 2),
            "density": round(density, 2),
            "days": _days(inside),
        },
        reason=(
            f"{len(ids)} {who} gave each other {len(inside)} of their {len(everything)} votes, where the tags would give "
            f"{_about(mean)}; {math.floor(100 * density)} % of all pairs among them voted for each other."
        ),
    )


def _to_one(
    source: Source, ids: Collection[int], to: int, given: Mapping[int, Sequence[Given]], kind: str, more: float
) -> Iterator[Found]:
    votes = [one for by in ids for one in given.get(by, ()) if one.to == to]
    if len(votes) < 2 * len(ids):
        return
    everything = [one for by in ids for one in given.get(by, ())]
    tags = {tag for one in everything for tag in one.tags}
    tallies, posts = source.tallies(UP, tags, [to]), source.posts(tags, [to])
    mean = expected(everything, to, tallies, posts, everything)
    who = "accounts that came from one network within a week" if kind == "signups" else "accounts that never wrote anything"
    yield Found(
        kind,
        surprise(len(votes), mean, len(ids)) + more - PICKED * len(ids),
        tuple(sorted(ids)),
        (to,),
        votes=tuple(sorted(one.id for one in votes)),
        evidence={
            "people": len(ids),
            "votes": len(votes),
            "of": len(everything),
            "expected": round(mean, 2),
            "days": _days(votes),
        },
        reason=(
            f"{len(ids)} {who} gave one author {len(votes)} of their {len(everything)} votes, where the tags would give "
            f"{_about(mean)}."
        ),
    )


def _days(votes: Iterable[Given]) -> float:
    times = [one.at for one in votes]
    return round(max(times) - min(times), 1)


def _about(mean: float) -> str:
    return "fewer than one" if mean < 1 else f"about {mean:.0f}"
