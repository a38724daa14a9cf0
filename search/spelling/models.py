"""The tables of words: how many questions have each, and which words each question has."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class SearchWord(Base):
    """A word as it is written (in small letters), with how many questions have it. The row goes with the last of them."""

    __tablename__ = "search_words"
    __table_args__ = (
        Index("ix_search_words_term", "term"),
        Index("ix_search_words_is_code_questions", "is_code", "questions"),
    )

    word: Mapped[str] = mapped_column(primary_key=True)
    is_code: Mapped[bool] = mapped_column(primary_key=True)
    """Written like a code or a name (`EACCES`, `NullPointer`): known, but never proposed."""
    term: Mapped[str]
    """What the engines find it under."""
    questions: Mapped[int]


class QuestionWords(Base):
    """The words that a question adds to the counts, so that they can be taken away again."""

    __tablename__ = "search_question_words"

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
    made_as: Mapped[str]
    """By which analysis, in which language."""
    words: Mapped[str]
    """In order, a space between two; a code begins with "="."""
