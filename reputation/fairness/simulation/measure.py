"""What the rules find in a made-up world: recall of each attack, and precision of what would be reversed by itself."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reputation.fairness.detect import detect
from reputation.fairness.lines import DEFAULT, HIGH, Lines, place
from reputation.fairness.simulation.attacks import ATTACKS
from reputation.fairness.simulation.memory import Memory
from reputation.fairness.simulation.world import World, honest

CAUGHT = 0.5
"""An attack is caught when so much of it is found: the rest falls with it when a moderator looks."""


@dataclass
class Attacked:
    """One kind of attack: how many there were, and how many were caught."""

    there: int = 0
    reversed: int = 0
    """Caught over the high lines alone."""
    seen: int = 0
    """Caught over the high lines or shown to a moderator."""
    acts: int = 0
    acts_reversed: int = 0


@dataclass
class Result:
    """Over one or more worlds."""

    worlds: int = 0
    acts: int = 0
    reversed: int = 0
    """Votes and acceptances that would be reversed by themselves."""
    wrongly: int = 0
    """Of them, those of people who arranged nothing."""
    besides: int = 0
    """Of them, votes that attackers had cast for each other without arranging them: nobody could tell these apart."""
    findings: int = 0
    """Over the high lines."""
    wrong_findings: int = 0
    """Of them, those most of which is honest."""
    asked: int = 0
    """Findings that moderators are shown,"""
    asked_wrongly: int = 0
    """and of them, those most of which is honest."""
    attacks: dict[str, Attacked] = field(default_factory=lambda: defaultdict(Attacked))
    innocent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Look-alike → honest acts of theirs that would be reversed."""

    @property
    def precision(self) -> float:
        """Of the acts that would be reversed by themselves, the share that is not some innocent person's."""
        return 1 - self.wrongly / self.reversed if self.reversed else 1.0

    @property
    def strict_precision(self) -> float:
        """The share that was arranged."""
        return 1 - (self.wrongly + self.besides) / self.reversed if self.reversed else 1.0

    @property
    def precision_of_findings(self) -> float:
        """Of the findings over the high lines, the share that is an attack."""
        return 1 - self.wrong_findings / self.findings if self.findings else 1.0


def world_of(seed: int, people: int = 500, attacks: Sequence[str] = tuple(ATTACKS), each: int = 2) -> World:
    """A world with so many attacks of each kind."""
    world = honest(seed, people)
    for name in attacks:
        for number in range(each):
            ATTACKS[name](world, f"{name}#{number}")
    return world


def measure(worlds: Iterable[World], lines: Lines = DEFAULT) -> Result:
    """Put the worlds before the rules, everybody in one night: what a site would find that switches the rules on."""
    result = Result()
    for world in worlds:
        _one(world, lines, result)
    return result


def _one(world: World, lines: Lines, result: Result) -> None:
    source = Memory(world.given, [(post.author, post.tags) for post in world.posts], world.someones())
    # Votes have numbers of their own among all that was given, so one set does for both.
    reversed_: set[int] = set()
    seen: set[int] = set()
    for found in detect(source, [one.id for one in world.people], lines):
        acts = {*found.votes, *found.acceptances}
        arranged = sum(one in world.guilty for one in acts)
        wrong = arranged < len(acts) / 2
        if place(found.kind, found.score, lines) == HIGH:
            if acts - reversed_:
                result.findings += 1
                result.wrong_findings += wrong
            reversed_ |= acts
        elif acts - reversed_ - seen:
            result.asked += 1
            result.asked_wrongly += wrong
        seen |= acts
    by_id = {one.id: one for one in world.given}
    result.worlds += 1
    result.acts += len(world.given)
    result.reversed += len(reversed_)
    attackers = {by_id[one].by for one in world.guilty}
    for one in reversed_ - world.guilty.keys():
        if by_id[one].by in attackers:
            result.besides += 1
            continue
        result.wrongly += 1
        result.innocent[world.look.get(by_id[one].by, "others")] += 1
    arranged_by: dict[str, set[int]] = defaultdict(set)
    for act, attack in world.guilty.items():
        arranged_by[attack].add(act)
    for attack, those in arranged_by.items():
        row = result.attacks[attack.partition("#")[0]]
        row.there += 1
        row.reversed += len(those & reversed_) >= CAUGHT * len(those)
        row.seen += len(those & seen) >= CAUGHT * len(those)
        row.acts += len(those)
        row.acts_reversed += len(those & reversed_)


def table(result: Result) -> str:
    """As text."""
    lines = [f"{'attack':26}{'there':>6}{'reversed':>10}{'or shown':>10}{'votes':>8}{'reversed':>10}"]
    for name, row in result.attacks.items():
        lines.append(
            f"{name:26}{row.there:6}{row.reversed / row.there:10.2f}{row.seen / row.there:10.2f}"
            f"{row.acts:8}{row.acts_reversed / row.acts:10.2f}"
        )
    lines.append("")
    lines.append(f"{result.worlds} worlds, {result.acts:,} votes and acceptances, {result.reversed:,} reversed without asking:")
    lines.append(f"  {result.wrongly} of people who arranged nothing: precision {result.precision:.4f}")
    lines.append(
        f"  {result.besides} more that attackers had cast for each other unarranged: precision {result.strict_precision:.4f}"
    )
    lines.append(
        f"{result.findings} findings over the high lines, {result.wrong_findings} mostly honest: "
        f"precision {result.precision_of_findings:.3f}"
    )
    lines.append(f"{result.asked} shown to moderators, {result.asked_wrongly} mostly honest")
    lines.extend(f"votes of the innocent reversed, {name}: {count}" for name, count in sorted(result.innocent.items()))
    return "\n".join(lines)
