"""What an answer gives to its author's active reputation."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class CurrentAnswer(Base):
    """An answer that is current, as last settled by `community.boards.active`: what it has earned its author, and under which
    tags. A row that is missing gives nothing."""

    __tablename__ = "current_answers"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    points: Mapped[int]
    tag_ids: Mapped[str] = mapped_column(default="")
    """As the ledger writes them, "3,17"."""
