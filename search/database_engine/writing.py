"""Changing an index: questions out and in, each with its full text, in the transaction of whoever calls."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import Connection, and_, delete, insert, select

from search.analysis import Language
from search.database_engine.full_text import FullText, MatchRow
from search.database_engine.rows import Row, match_texts, row_of
from search.database_engine.tables import documents_table, texts_table
from search.engine import Document
from search.facts import by_question

AT_ONCE = 100
"""Questions that are written in one transaction when an index is made: on SQLite nobody else can write meanwhile."""


def replace(
    connection: Connection, full_text: FullText, number: int, question_ids: Collection[int], questions: Iterable[list[Row]]
) -> int:
    """Make `questions`, each as its rows, all there is of `question_ids`; returns how many of them had to be changed."""
    wanted = {rows[0]["question_id"]: rows for rows in questions}
    there = _read(connection, number, question_ids)
    same = {question_id for question_id, rows in wanted.items() if there.get(question_id) == rows}
    gone = [(one, *match_texts(rows)) for one, rows in there.items() if one not in same]
    new = {one: rows for one, rows in wanted.items() if one not in same}
    if gone:
        for table in (documents_table(number), texts_table(number)):
            connection.execute(delete(table).where(table.c.question_id.in_([one for one, *_ in gone])))
        full_text.take(connection, number, gone)
    add(connection, full_text, number, new.values())
    return len({one for one, *_ in gone} | new.keys())


def add(connection: Connection, full_text: FullText, number: int, questions: Iterable[list[Row]]) -> None:
    """Put in questions that are not there, each as its rows."""
    questions = list(questions)
    if questions:
        for table in (documents_table(number), texts_table(number)):
            names = table.columns.keys()
            connection.execute(insert(table), [{name: row[name] for name in names} for rows in questions for row in rows])
        matches: list[MatchRow] = [(rows[0]["question_id"], *match_texts(rows)) for rows in questions]
        full_text.put(connection, number, matches)


def in_batches(documents: Iterable[Document], language: Language) -> Iterator[list[list[Row]]]:
    """All documents as questions of rows, AT_ONCE at a time. Refuses (ValueError) a question that comes twice."""
    seen: set[int] = set()
    batch: list[list[Row]] = []
    for question_id, group in by_question(documents):
        if question_id in seen:
            raise ValueError(f"the documents of question {question_id} do not come one after the other")
        seen.add(question_id)
        batch.append([row_of(document, language) for document in group])
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    yield batch


def rows_of(question_ids: Collection[int], documents: Iterable[Document], language: Language) -> Sequence[list[Row]]:
    """The documents as rows, by question. Refuses (ValueError) those of other questions."""
    groups = dict(by_question(documents))
    strangers = groups.keys() - set(question_ids)
    if strangers:
        raise ValueError(f"documents of other questions: {sorted(strangers)}")
    return [[row_of(document, language) for document in group] for group in groups.values()]


def _read(connection: Connection, number: int, question_ids: Collection[int]) -> dict[int, list[Row]]:
    documents, texts = documents_table(number), texts_table(number)
    both = documents.join(texts, and_(texts.c.question_id == documents.c.question_id, texts.c.answer_id == documents.c.answer_id))
    statement = select(documents, texts.c.title, texts.c.body).select_from(both)
    statement = statement.where(documents.c.question_id.in_(sorted(question_ids)))
    found: dict[int, list[Row]] = defaultdict(list)
    for row in connection.execute(statement.order_by(documents.c.question_id, documents.c.answer_id)).mappings():
        found[row["question_id"]].append(dict(row))
    return found
