"""Comments on questions and answers."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from community.models.text import Imported, Removable, Written


class Comment(Written, Removable, Imported, Base):
    """A remark under a question (then `answer_id` is None) or one of its answers; `question_id` is always the page it is on."""

    __tablename__ = "comments"
    __table_args__ = (
        Index("ix_comments_author_id", "author_id"),
        Index("ix_comments_question_id", "question_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id"))
