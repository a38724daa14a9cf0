"""Counting SQL statements, for the budgets of pages."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

_NOT_COUNTED = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")
"""What opens a transaction or a connection, which the other database does without a statement."""


@contextmanager
def count_statements() -> Iterator[list[str]]:
    """The statements that all engines of this process send inside the block, in their order: `len()` of it is the count."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(_NOT_COUNTED):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
