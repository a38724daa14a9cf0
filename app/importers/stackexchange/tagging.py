"""Tags of a dump: found by name or made, with the short text of their wiki; a policy somebody set here stays."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app import rendering
from app.db import transaction
from app.importers.bulk import in_parts, reserve, table_of, write
from app.importers.report import Report
from app.importers.stackexchange.stage import Stage
from app.importers.stackexchange.values import tag_name, tag_names
from community.models import Tag
from community.tags import MOST_TAGS

_EXCERPTS = "SELECT t.name, p.body FROM tags t LEFT JOIN posts p ON p.id = t.excerpt AND p.kind = 4 ORDER BY t.rowid"


def publish(stage: Stage, report: Report, now: datetime, tick: Callable[[int], None]) -> None:
    """Write the tags of Tags.xml, some hundred in a transaction, and give those without a description the dump's."""
    for part in in_parts(stage.rows(_EXCERPTS), weight=lambda row: len(row[1] or "")):
        texts = {name: rendering.excerpt(rendering.render(body, "html"), 500) if body else "" for name, body in part}
        with transaction() as session:
            found = {tag.name: tag for tag in find(session, texts)}
            made = _make(session, {name: text for name, text in texts.items() if name not in found}, now)
            silent = [(tag.id, texts[name]) for name, tag in found.items() if not tag.description and texts[name]]
            if silent:
                session.execute(
                    update(table_of(Tag)).where(table_of(Tag).c.id == bindparam("tag")).values(description=bindparam("text")),
                    [{"tag": tag_id, "text": text} for tag_id, text in silent],
                )
        report.wrote("tags", made)
        report.found("tags", len(found))
        tick(len(part))


@dataclass(frozen=True)
class Tagged:
    """Which tags a question keeps here, and how many of its own it cannot."""

    names: Sequence[str]
    no_names: int
    too_many: int


def tagged(text: str) -> Tagged:
    """The tags of a question's `Tags`, as names that tags can have here."""
    there = tag_names(text)
    here = list(dict.fromkeys(name for name in map(tag_name, there) if name))
    return Tagged(here[:MOST_TAGS], sum(1 for name in there if tag_name(name) is None), len(here[MOST_TAGS:]))


def find(session: Session, names: Iterable[str]) -> list[Tag]:
    """The tags that are here, of these names."""
    return [tag for part in in_parts(names) for tag in session.scalars(select(Tag).where(Tag.name.in_(part)))]


def find_or_make(session: Session, names: Iterable[str], now: datetime) -> dict[str, Tag]:
    """The tags of these names; those that no file described are made without a description."""
    wanted = dict.fromkeys(names, "")
    found = {tag.name: tag for tag in find(session, wanted)}
    missing = {name: "" for name in wanted if name not in found}
    if missing:
        _make(session, missing, now)
        found.update((tag.name, tag) for tag in find(session, missing))
    return found


def _make(session: Session, texts: dict[str, str], now: datetime) -> int:
    ids = reserve(session, Tag, len(texts))
    return write(
        session,
        Tag,
        [
            {"id": local, "name": name, "description": text, "created_at": now}
            for local, (name, text) in zip(ids, texts.items(), strict=True)
        ],
    )
