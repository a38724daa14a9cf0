"""Which index is the live one, and how it is: the one row of `search_index`, and the changes to be read again."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite

from search.database_engine.tables import CHANGES, PREFIXES, STATE
from search.engine import Condition

_THE_ROW = STATE.c.id == 1


class State(NamedTuple):
    """The row, or what stands for it where there is none."""

    live: int | None = None
    format: str = ""
    building: int | None = None
    numbered: int = 0
    bytes: int = 0
    damage: str = ""

    def condition(self, made_here: str) -> tuple[Condition, str]:
        """How the live index is as far as the row tells, and why, in words. `made_here` is the format of this version."""
        if self.live is None:
            return Condition.MISSING, "there is no search index yet"
        if self.damage:
            return Condition.DAMAGED, self.damage
        if self.format != made_here:
            return Condition.OLD_FORMAT, "the search index was made by another version, or for another language"
        return Condition.READY, ""


def read(connection: Connection) -> State:
    """The state as the connection sees it."""
    row = connection.execute(
        select(STATE.c.live, STATE.c.format, STATE.c.building, STATE.c.numbered, STATE.c.bytes, STATE.c.damage).where(_THE_ROW)
    ).one_or_none()
    return State(*row) if row is not None else State()


def begin(connection: Connection) -> int:
    """Give a new index its number, and forget the changes of the time before."""
    state = read(connection)
    # Tables that a killed process left lying about, or that were copied here without the row, may have a higher number.
    number = max([state.numbered, *numbers(connection)]) + 1
    if state.numbered:
        connection.execute(update(STATE).where(_THE_ROW).values(building=number, numbered=number))
    else:
        row = {"id": 1, "live": None, "format": "", "building": number, "numbered": number, "bytes": 0, "damage": ""}
        connection.execute(insert(STATE).values(row))
    connection.execute(delete(CHANGES))
    return number


def publish(connection: Connection, number: int, made_as: str, size: int) -> None:
    """Make the index `number` the live one."""
    values = {"live": number, "format": made_as, "building": None, "bytes": size, "damage": ""}
    connection.execute(update(STATE).where(_THE_ROW).values(values))
    connection.execute(delete(CHANGES))


def give_up(connection: Connection, number: int) -> None:
    """The index `number` will not be finished."""
    connection.execute(update(STATE).where(_THE_ROW, STATE.c.building == number).values(building=None))


def report_damage(connection: Connection, number: int, reason: str) -> None:
    """Tell every process, and whoever makes a new one, that this index is broken."""
    connection.execute(update(STATE).where(_THE_ROW, STATE.c.live == number).values(damage=reason[:500]))


def note(connection: Connection, question_ids: Collection[int]) -> None:
    """Keep in mind what changed, for who is making a new index."""
    insertion = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    rows = [{"question_id": question_id} for question_id in sorted(question_ids)]
    connection.execute(insertion(CHANGES).on_conflict_do_nothing(), rows)


def noted(connection: Connection) -> frozenset[int]:
    """What changed since the new index was begun."""
    return frozenset(connection.scalars(select(CHANGES.c.question_id)))


def numbers(connection: Connection) -> frozenset[int]:
    """The numbers of all indexes of which there is any table."""
    names = inspect(connection).get_table_names()
    found = (name.removeprefix(prefix) for name in names for prefix in PREFIXES if name.startswith(prefix))
    return frozenset(int(number) for number in found if number.isdecimal())
