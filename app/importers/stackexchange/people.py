"""People of a dump: without mail address and password, so nobody can sign in as them; their names can be mentioned where free."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import rendering
from app.accounts.models import User
from app.db import transaction
from app.importers.bulk import Values, in_parts, known, remember, reserve, write
from app.importers.models import ImportedRow
from app.importers.report import Report
from app.importers.stackexchange.stage import Stage
from app.importers.stackexchange.values import as_moment
from reputation.points import STARTING_REPUTATION

FORMER_MEMBER = "Former member"
"""Who wrote what has no known author; one for each source."""
KIND = "user"
PLACEHOLDER = "former member"

_PEOPLE = (
    "SELECT u.id, u.name, u.created, u.seen, u.about, coalesce(r.html, '') FROM users u"
    " LEFT JOIN html_users r ON r.id = u.id ORDER BY u.id"
)

Row = tuple[Any, ...]


def publish(stage: Stage, source: str, report: Report, now: datetime, tick: Callable[[int], None]) -> None:
    """Write the people who are not here yet, some hundred in a transaction. `tick` hears how many are done."""
    for part in in_parts(stage.rows(_PEOPLE), weight=lambda row: len(row[4]) + len(row[5])):
        with transaction() as session:
            present = known(session, source, KIND, [row[0] for row in part])
            new = [row for row in part if row[0] not in present]
            _write(session, source, new, now)
        report.wrote("people", len(new))
        report.found("people", len(present))
        tick(len(part))


def _write(session: Session, source: str, rows: Sequence[Row], now: datetime) -> None:
    ids = reserve(session, User, len(rows))
    keys = _free_keys(session, [row[1] for row in rows])
    write(session, User, [_person(source, row, local, key) for row, local, key in zip(rows, ids, keys, strict=True)])
    remember(session, source, KIND, zip((row[0] for row in rows), ids, strict=True))


def _person(source: str, row: Row, local: int, key: str | None) -> Values:
    number, name, created, seen, about, html = row
    return {
        "id": local,
        "name": name,
        "name_key": key,
        "reputation": STARTING_REPUTATION,
        "about_source": about,
        "about_html": html,
        "created_at": as_moment(created),
        "last_seen_at": as_moment(seen) if seen is not None else None,
        "origin_url": f"https://{source}/users/{number}",
        "mail_notices": False,
    }


def _free_keys(session: Session, names: Sequence[str]) -> list[str | None]:
    """For each name the key it is mentioned by; None where somebody has it already, here or earlier in the list."""
    keys = [rendering.name_key(name) or None for name in names]
    taken = set(session.scalars(select(User.name_key).where(User.name_key.in_([key for key in keys if key]))))
    free: list[str | None] = []
    for key in keys:
        free.append(None if key in taken else key)
        taken.add(key)
    return free


def former_member(session: Session, source: str, now: datetime) -> int:
    """The id of who stands for the source's unknown authors; made when first needed."""
    found = session.execute(
        select(ImportedRow.local_id).where(
            ImportedRow.source == source, ImportedRow.kind == KIND, ImportedRow.external_id == PLACEHOLDER
        )
    ).scalar()
    if found is not None:
        return found
    (local,) = reserve(session, User, 1)
    row: Values = {
        "id": local,
        "name": f"{FORMER_MEMBER} of {source}",
        "reputation": STARTING_REPUTATION,
        "created_at": now,
        "origin_url": f"https://{source}/",
        "mail_notices": False,
    }
    write(session, User, [row])
    write(session, ImportedRow, [{"source": source, "kind": KIND, "external_id": PLACEHOLDER, "local_id": local}])
    return local


class Authors:
    """Who is who: the source's numbers of people → ids here, looked up as they are met in one batch."""

    def __init__(self, session: Session, source: str, now: datetime) -> None:
        self._session, self._source, self._now = session, source, now
        self._ids: dict[int, int] = {}
        self._looked_up: set[int] = set()
        self._former: int | None = None

    def meet(self, numbers: Iterable[int | None]) -> None:
        """Look up these people, those not met before in one go."""
        new = {number for number in numbers if number is not None} - self._looked_up
        self._ids.update(known(self._session, self._source, KIND, new))
        self._looked_up |= new

    def known(self, number: int | None) -> int | None:
        """The person's id, None for somebody unknown."""
        return None if number is None else self._ids.get(number)

    def of(self, number: int | None) -> int:
        """The person's id; the former member's for somebody unknown."""
        found = self.known(number)
        if found is not None:
            return found
        if self._former is None:
            self._former = former_member(self._session, self._source, self._now)
        return self._former

    def met(self) -> Iterator[int]:
        """The ids of everybody known whom this batch has met."""
        yield from self._ids.values()
