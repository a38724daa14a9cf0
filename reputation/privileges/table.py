"""The table of privileges with its two presets, and the values in force. Pure: no flask, no sqlalchemy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

LARGEST = 1_000_000
"""The most reputation that a privilege can ask for; in effect, nobody has it."""


@dataclass(frozen=True)
class Privilege:
    """One line: what a person may do from some reputation on."""

    words: str
    """What it is, after "may"."""
    new: int
    """The reputation it takes in a new community."""
    grown: int
    """And in a grown one."""
    in_tag: bool = False
    """It takes points earned in one tag, and more (`community.expertise`), not reputation."""


PRIVILEGES: Mapping[str, Privilege] = MappingProxyType(
    {
        "vote_up": Privilege("vote up", 1, 15),
        "flag": Privilege("flag a post for moderators", 1, 15),
        "confirm": Privilege("have “works for me” count for more than a visitor’s", 1, 15),
        "comment": Privilege("comment anywhere", 1, 50),
        "vote_down": Privilege("vote down", 50, 125),
        "create_tag": Privilege("make a new tag", 100, 300),
        "edit": Privilege("edit without review", 500, 2000),
        "verify": Privilege("be suggested as an expert in a tag, who verifies answers there", 500, 1000, in_tag=True),
        "accept": Privilege("accept an answer for an asker who is away", 500, 1000),
        "close": Privilege("close a question, mark it as a duplicate, and reopen it", 500, 3000),
        "see_queue": Privilege("see the moderators’ queue of flags", 1000, 2000),
    }
)
"""The table: name → what it takes. A name is that of the action in `community.policy` which asks for it."""

NEW, GROWN = "new", "grown"
PRESETS: Mapping[str, str] = MappingProxyType({NEW: "a new community", GROWN: "a grown community"})
"""The presets, and what each is for."""


@dataclass(frozen=True)
class Thresholds:
    """What is in force: a preset, and where the site sets values of its own, those."""

    preset: str = NEW
    own: Mapping[str, int] = field(default_factory=dict)
    """Name → reputation, only where it is not the preset's."""
    automatic: bool = False
    """Whether who qualifies as an expert becomes one without a moderator's word."""
    version: int = 0
    """Which saved version this is; 0: nothing was saved yet."""

    def needed(self, name: str) -> int:
        """The reputation that a privilege takes. KeyError for a name that is not in the table."""
        line = PRIVILEGES[name]
        return self.own.get(name, line.new if self.preset == NEW else line.grown)

    def all(self) -> dict[str, int]:
        """Every privilege's value."""
        return {name: self.needed(name) for name in PRIVILEGES}


def thresholds(preset: str, values: Mapping[str, int], automatic: bool = False, version: int = 0) -> Thresholds:
    """What is in force with this preset and these values; of the values only those stay that differ from the preset's."""
    plain = Thresholds(preset)
    own = {name: value for name, value in values.items() if value != plain.needed(name)}
    return Thresholds(preset, own, automatic, version)
