"""The table of vectors: what each question means, as the worker computed it."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class QuestionVector(Base):
    """The vector of one question, by one model. Of a removed question an empty one is left, so that every process hears of it.

    `change` grows with each transaction that writes here, in the order of the commits (`search.semantic.keeper` holds a row that
    sees to it). So whoever remembers how far it has read finds what is new by the index, in one step.
    PostgreSQL can keep an index of `vector` itself (`search.semantic.near_index`).
    """

    __tablename__ = "question_vectors"
    __table_args__ = (Index("ix_question_vectors_change", "change", "question_id"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
    model: Mapped[str]
    """The first digits of the digest of the model's weights: vectors of different ones cannot be compared."""
    text_digest: Mapped[str]
    """Of the text it was computed from: a vote changes a question, and not what it means."""
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    """384 signed bytes (`search.semantic.nearest.pack`), or nothing."""
    change: Mapped[int] = mapped_column(BigInteger)
