"""What is in force now: the one place that rules ask. Kept in the process, and never older than a moment.

A process looks at the table again after STALE_FOR seconds, so a change made by another process is in force here within that
time and the length of the transaction that looks. In the process that makes it, it is in force with the commit. The look is one
row by the newest id, on the connection that is open anyway; pages in between ask the database nothing.
"""

import json
import threading
import time
from typing import Any

from flask import current_app, has_app_context
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import db
from reputation.privileges.models import PrivilegeVersion
from reputation.privileges.table import PRIVILEGES, Thresholds

STALE_FOR = 2.0
"""Seconds after which a process looks whether another one has changed the table."""

_EXTENSION = "bestbefore_privileges"
_NEWEST = "SELECT id, preset, own, automatic FROM privilege_versions ORDER BY id DESC LIMIT 1"


class _Kept:
    """What a process knows of the table. A version never gives way to an older one, which a transaction that began before the
    change may still see."""

    def __init__(self) -> None:
        self.looking = threading.Lock()
        self.thresholds = Thresholds()
        self.until = 0.0

    def take(self, found: Thresholds) -> None:
        if found.version >= self.thresholds.version:
            self.thresholds = found


def needed(name: str) -> int:
    """The reputation that a privilege takes now. KeyError for a name that is not in the table."""
    return thresholds().needed(name)


def thresholds() -> Thresholds:
    """What is in force; without an application, what a new community begins with."""
    if not has_app_context():
        return Thresholds()
    kept = _kept()
    if time.monotonic() < kept.until:
        return kept.thresholds
    with kept.looking:
        if time.monotonic() >= kept.until:
            kept.take(_look())
            kept.until = time.monotonic() + STALE_FOR
    return kept.thresholds


def read(session: Session) -> Thresholds:
    """What is in force as this session sees it: for a page that is stored with the versions it was read with."""
    newest = session.execute(
        select(PrivilegeVersion.id, PrivilegeVersion.preset, PrivilegeVersion.own, PrivilegeVersion.automatic)
        .order_by(PrivilegeVersion.id.desc())
        .limit(1)
    ).first()
    return _thresholds(newest.id, newest.preset, newest.own, newest.automatic) if newest else Thresholds()


def keep(found: Thresholds) -> None:
    """Have this process go by what it has just saved; to be called after the commit."""
    _kept().take(found)


def _kept() -> _Kept:
    kept: _Kept = current_app.extensions.get(_EXTENSION) or current_app.extensions.setdefault(_EXTENSION, _Kept())
    return kept


def _look() -> Thresholds:
    """The newest version, by a plain cursor: a page's own statements are stated in its query, and this is none of them."""
    cursor = db.session.connection().connection.cursor()
    try:
        cursor.execute(_NEWEST)
        row = cursor.fetchone()
    finally:
        cursor.close()
    if row is None:
        return Thresholds()
    own = json.loads(row[2]) if isinstance(row[2], str) else row[2]
    return _thresholds(row[0], row[1], own, bool(row[3]))


def _thresholds(version: int, preset: str, own: dict[str, Any], automatic: bool) -> Thresholds:
    # A privilege that a later release of the product takes out of the table may still stand in an old row.
    return Thresholds(preset, {name: int(value) for name, value in own.items() if name in PRIVILEGES}, automatic, version)
