"""What every written thing has in common."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column


class Written:
    """A text: its source as typed, the safe HTML made from it when it was written, and the renderer's version."""

    body_source: Mapped[str]
    body_format: Mapped[str] = mapped_column(default="markdown")
    """"markdown" or "html" (imported)."""
    body_html: Mapped[str]
    renderer_version: Mapped[int]

    @declared_attr
    def author_id(cls) -> Mapped[int]:  # noqa: N805 - SQLAlchemy's declared_attr takes the class
        return mapped_column(ForeignKey("users.id"))

    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]


class Removable:
    """What a moderator or the author can take away and give back: a soft, audited state."""

    removed_at: Mapped[datetime | None]
    removed_reason: Mapped[str | None]

    @declared_attr
    def removed_by_id(cls) -> Mapped[int | None]:  # noqa: N805 - SQLAlchemy's declared_attr takes the class
        return mapped_column(ForeignKey("users.id"))


class Imported:
    """Where an imported post comes from; all None for what was written here."""

    origin_url: Mapped[str | None]
    origin_author: Mapped[str | None]
    """The author's name as the source gives it, where the account itself is unknown."""
    licence: Mapped[str | None]
    imported_score: Mapped[int] = mapped_column(default=0)
    """The tally of votes that came with the import; `score` holds it too."""
