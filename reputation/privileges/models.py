"""The versions of the table of privileges. The newest is in force; none is ever changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class PrivilegeVersion(Base):
    """One saved state of the table: who saved it, when, and the values."""

    __tablename__ = "privilege_versions"
    __table_args__ = (
        CheckConstraint("preset IN ('new', 'grown')", name="preset"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    preset: Mapped[str]
    own: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Privilege → reputation, where it is not the preset's."""
    automatic: Mapped[bool] = mapped_column(default=False)
    """Whether who qualifies as an expert becomes one without a moderator's word."""
    note: Mapped[str] = mapped_column(default="")
    """Why, in the words of who saved it."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
