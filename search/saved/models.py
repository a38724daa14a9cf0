"""The tables of saved searches and of what was found for them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

_UNTOLD = text("told_at IS NULL")
_UNMAILED = text("told_at IS NOT NULL AND mailed_at IS NULL")


class Notify(StrEnum):
    """How somebody hears of what is new."""

    OFF = "off"
    INBOX = "inbox"
    MAIL = "mail"
    """In the inbox, and once a day by mail."""


class SavedSearch(Base):
    """A search under a name."""

    __tablename__ = "saved_searches"
    __table_args__ = (Index("ix_saved_searches_user_id_id", "user_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    text: Mapped[str]
    """As it was typed."""
    notify: Mapped[str]
    """A `Notify`."""
    key: Mapped[str]
    """A word that every question it finds has (`search.saved.fitting.key_of`); "" where no one word is sure to be there."""
    keyed_as: Mapped[str]
    """How the key was made; another one is not relied on."""
    created_at: Mapped[datetime]
    since: Mapped[datetime]
    """What happened before is not news: when it was saved, or notices were last turned on."""


class SavedSearchFind(Base):
    """A question that was found for a saved search. One row for ever, so that nobody hears of a question twice."""

    __tablename__ = "saved_search_finds"
    __table_args__ = (
        Index("ix_saved_search_finds_question_id", "question_id"),
        Index("ix_saved_search_finds_untold", "search_id", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
        Index("ix_saved_search_finds_unmailed", "search_id", sqlite_where=_UNMAILED, postgresql_where=_UNMAILED),
    )

    search_id: Mapped[int] = mapped_column(ForeignKey("saved_searches.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
    found_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
