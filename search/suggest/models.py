"""The table of the words that titles have, by which titles are found from the beginnings of words, whatever the engine."""

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class TitleWord(Base):
    """A question's title has this word. Words are bytes (UTF-8), so that every database has them in the same order and one range
    of it holds all words with one beginning."""

    __tablename__ = "title_words"
    __table_args__ = (Index("ix_title_words_question_id", "question_id", "word"), {"sqlite_with_rowid": False})

    word: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
