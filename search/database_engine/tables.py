"""Where the index is kept: two small tables that the migrations make, and for each index three more that the engine makes.

search_index         one row: which index is the live one, how it was made, and which one is being made
search_changes       the questions that were changed while that lasts
search_documents_7   the documents of index 7: facts and words, read by the hundred for each search
search_texts_7       what is quoted of them
search_match_7       its full text, by question
"""

from functools import lru_cache

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

from app.db import Base

STATE = Table(
    "search_index",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("live", Integer),
    Column("format", Text, nullable=False),
    Column("building", Integer),
    Column("numbered", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("damage", Text, nullable=False),
)
"""`live` and `building` are numbers of indexes, `numbered` the last number that was given; `format` and `bytes` are of the
live one."""

CHANGES = Table("search_changes", Base.metadata, Column("question_id", Integer, primary_key=True, autoincrement=False))

DOCUMENTS, TEXTS, MATCH = "search_documents_", "search_texts_", "search_match_"
PREFIXES = (DOCUMENTS, TEXTS, MATCH)
ORDERED_BY = ("created", "activity", "votes")
"""Columns of the documents that questions are gone through by."""


def match_name(number: int) -> str:
    """The name of the full text of the index `number`."""
    return f"{MATCH}{number}"


@lru_cache(maxsize=16)
def documents_table(number: int) -> Table:
    """The documents of the index `number`. Dates are seconds, as in `search.facts`; a question's `answer_id` is 0."""
    table = Table(
        f"{DOCUMENTS}{number}",
        MetaData(),
        Column("question_id", Integer, primary_key=True, autoincrement=False),
        Column("answer_id", Integer, primary_key=True, autoincrement=False),
        Column("best_before", BigInteger, nullable=False),
        Column("expires", BigInteger, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("activity", BigInteger, nullable=False),
        Column("votes", Integer, nullable=False),
        Column("flags", Integer, nullable=False),
        Column("title_length", Integer, nullable=False),
        Column("length", Integer, nullable=False),
        Column("tags", Text, nullable=False),
        Column("title_words", Text, nullable=False),
        Column("words", Text, nullable=False),
    )
    of_questions = table.c.answer_id == 0
    for key in ORDERED_BY:
        columns = (table.c[key], table.c.question_id)
        Index(f"ix_{DOCUMENTS}{number}_{key}", *columns, sqlite_where=of_questions, postgresql_where=of_questions)
    of_answers = table.c.answer_id > 0
    columns = (table.c.flags, table.c.question_id)
    Index(f"ix_{DOCUMENTS}{number}_flags", *columns, sqlite_where=of_answers, postgresql_where=of_answers)
    return table


@lru_cache(maxsize=16)
def texts_table(number: int) -> Table:
    """The titles and texts of the documents of the index `number`."""
    return Table(
        f"{TEXTS}{number}",
        MetaData(),
        Column("question_id", Integer, primary_key=True, autoincrement=False),
        Column("answer_id", Integer, primary_key=True, autoincrement=False),
        Column("title", Text, nullable=False),
        Column("body", Text, nullable=False),
    )
