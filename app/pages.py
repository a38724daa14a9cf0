"""Versions of what pages show, so that a stored page is never served after a write.

A page depends on a few named things ("question:7", "person:3", "front"). A verb that changes one calls `touch`; the versions
move in the same transaction, at its end and in the order of their names, so that two verbs never wait for each other crosswise.
`stamp` reads the versions a stored page has to match.
"""

from collections.abc import Iterable

from sqlalchemy import BigInteger, Connection, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, before_commit, insert_into

FRONT = "front"
"""The lists of questions: front page, tags, and everything with a count of them."""
TAGS = "tags"
"""What tags are beside their questions: descriptions, policies, experts."""

SEARCH = "search"
"""What the search index finds."""

RELEASES = "releases"
"""Releases of products, and what was checked since."""

PRIVILEGES = "privileges"
"""Which reputation gives which privilege."""

_TOUCHED = "bestbefore_touched"


class PageVersion(Base):
    """How often a named thing has changed; a missing row means never."""

    __tablename__ = "page_versions"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, default=1)


def question_key(question_id: int) -> str:
    return f"question:{question_id}"


def person_key(user_id: int) -> str:
    return f"person:{user_id}"


def touch(session: Session, *names: str) -> None:
    """Say that the named things change with this transaction; pages that show them are made anew."""
    session.info.setdefault(_TOUCHED, set()).update(names)
    before_commit(session, "pages", _write)


def _write(session: Session) -> None:
    names = sorted(session.info.pop(_TOUCHED, ()))
    if not names:
        return
    # One row at a time, so that the statement is compiled once and not for each number of names.
    moved = insert_into(session, PageVersion).on_conflict_do_update(
        index_elements=[PageVersion.name], set_={"version": PageVersion.version + 1}
    )
    session.connection().execute(moved, [{"name": name, "version": 1} for name in names])


_STAMP = select(PageVersion.name, PageVersion.version).where(PageVersion.name.in_(bindparam("names", expanding=True)))


def stamp(connection: Connection | Session, names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """The versions of the named things now, in the order of their names."""
    rows = connection.execute(_STAMP, {"names": list(names)}).all()
    return tuple(sorted((row[0], row[1]) for row in rows))
