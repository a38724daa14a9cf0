"""What came from where, so that an import can run twice or be killed and change nothing twice."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class ImportedRow(Base):
    """One row of a source that is in our tables: `(source, kind, external_id)` → `local_id`."""

    __tablename__ = "imported_rows"
    __table_args__ = (Index("ix_imported_rows_kind_local_id", "kind", "local_id"),)

    source: Mapped[str] = mapped_column(primary_key=True)
    """The site's name, as "ai.stackexchange.com"."""
    kind: Mapped[str] = mapped_column(primary_key=True)
    """user, question, answer, comment, vote, revision, link, …"""
    external_id: Mapped[str] = mapped_column(primary_key=True)
    local_id: Mapped[int]
