"""Changing which reputation gives which privilege: looked at first, then saved as a version of its own."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.accounts.models import User
from app.db import after_commit, transaction
from app.errors import Conflict, Invalid
from app.pages import PRIVILEGES as PAGES
from app.pages import touch
from community import policy, reach, texts
from community.moderation import audit
from reputation.privileges import current
from reputation.privileges.models import PrivilegeVersion
from reputation.privileges.table import LARGEST, PRESETS, PRIVILEGES, Thresholds, thresholds


@dataclass(frozen=True)
class Wanted:
    """What an admin wants to be in force: a preset, every privilege's reputation, and whether experts need a moderator's word."""

    preset: str
    values: Mapping[str, int]
    automatic: bool


def checked(wanted: Wanted) -> Thresholds:
    """What the wish means. Raises Invalid for an unknown preset and for values that no privilege can have (fields `preset`,
    `at_<name>`)."""
    if wanted.preset not in PRESETS:
        raise Invalid({"preset": "Choose one of the tables."})
    wrong = {
        f"at_{name}": f"Give a whole number from 0 to {LARGEST:,}."
        for name, value in wanted.values.items()
        if name in PRIVILEGES and not 0 <= value <= LARGEST
    }
    if wrong:
        raise Invalid(wrong)
    return thresholds(
        wanted.preset, {name: wanted.values[name] for name in PRIVILEGES if name in wanted.values}, wanted.automatic
    )


def change(wanted: Wanted, *, seen: str, note: str = "", by: User, now: datetime) -> None:
    """Save the table; admins only. `seen` is the `token` of what they looked at: these values, on the table in force.

    Raises Conflict when they did not look, when somebody saved meanwhile, and when nothing would be different; Invalid as
    `checked` does. It holds in this process with the commit and in others within `current.STALE_FOR` seconds.
    """
    with transaction() as session:
        policy.require(by, "set_privileges", None, now)
        reach.alone(session, "privileges")
        found = checked(wanted)
        words = texts.note(note, "note", "The note")
        before = current.read(session)
        if seen != token(before, found):
            raise Conflict("Look at who gains and who loses by these values first. Here it is, as the table is now; then save.")
        if same(before, found):
            raise Conflict("This is the table as it is.")
        row = PrivilegeVersion(
            preset=found.preset, own=dict(found.own), automatic=found.automatic, note=words, by_id=by.id, at=now
        )
        session.add(row)
        session.flush()
        saved = Thresholds(found.preset, found.own, found.automatic, row.id)
        was, will = before.all(), saved.all()
        moved = {name: [was[name], will[name]] for name in PRIVILEGES if was[name] != will[name]}
        audit.record(session, by, "privileges.changed", now, reason=words, version=row.id, moved=moved)
        touch(session, PAGES)
        after_commit(session, "privileges", lambda: current.keep(saved))


def token(before: Thresholds, found: Thresholds) -> str:
    """What says that somebody looked at this change of this table, and at no other."""
    wanted = [found.preset, sorted(found.all().items()), found.automatic]
    return f"{before.version}:{zlib.crc32(json.dumps(wanted).encode()):08x}"


def same(one: Thresholds, other: Thresholds) -> bool:
    """Whether two tables ask the same of everybody."""
    return (one.all(), one.automatic, one.preset) == (other.all(), other.automatic, other.preset)
