"""What the engine asks of a database's full text."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Select
from sqlalchemy.exc import DBAPIError

from search.database_engine.wanted import Part, Wanted

MatchRow = tuple[int, str, str]
"""A question, the words of its title, and all others."""


class FullText(Protocol):
    """The full text of an index, named by the index's number."""

    most: int
    """At most so many questions are ranked by the database."""

    def create(self, connection: Connection, number: int) -> None:
        """Make the full text of an index."""
        ...

    def drop(self, connection: Connection, number: int) -> None:
        """Remove the full text of an index, broken or not; nothing happens where there is none."""
        ...

    def put(self, connection: Connection, number: int, rows: Sequence[MatchRow]) -> None:
        """Put questions in; none of them may be in it."""
        ...

    def take(self, connection: Connection, number: int, rows: Sequence[MatchRow]) -> None:
        """Take questions out, given as they were put in."""
        ...

    def tidy(self, connection: Connection, number: int) -> bool:
        """Do some of the work that makes a new index quick to read; whether there is more of it."""
        ...

    def size(self, connection: Connection, number: int) -> int:
        """How many questions are in it."""
        ...

    def bytes(self, connection: Connection, number: int) -> int:
        """What the index takes on the disk; not quick."""
        ...

    def counts(self, connection: Connection, number: int, parts: Sequence[Part]) -> list[int]:
        """How many questions have each of the parts."""
        ...

    def having(self, number: int, wanted: Wanted) -> Select[int]:
        """The questions that are wanted, for use in a larger statement."""
        ...

    def is_one_of(self, column: ColumnElement[int], ids: Select[int]) -> ColumnElement[bool]:
        """Whether `column` is one of the numbers that `ids` gives, for going through all rows in an order of their own."""
        ...

    def among(self, column: ColumnElement[int], ids: Sequence[int]) -> ColumnElement[bool]:
        """Whether `column` is one of many numbers: the same statement, however many they are."""
        ...

    def best(self, connection: Connection, number: int, wanted: Wanted, most: int, among: Select[int] | None = None) -> list[int]:
        """The most promising questions, at most `most`; with `among`, of those only."""
        ...

    def is_damage(self, error: DBAPIError) -> bool:
        """Whether a new index would mend what went wrong."""
        ...
