"""How the live index is, looked at thoroughly enough to notice damage and quickly enough to be done every minute."""

from sqlalchemy import Connection, func, select

from search.database_engine.full_text import FullText
from search.database_engine.state import State
from search.database_engine.tables import documents_table
from search.database_engine.wanted import Wanted
from search.engine import Condition, Health

PROBED = 12
"""By so many of its words a question is looked for."""


def look(connection: Connection, full_text: FullText, standing: State) -> Health:
    """The health of an index of which the row says that it is ready. Fails where a table is missing or cannot be read."""
    number = standing.live or 0
    documents = documents_table(number).c
    of_questions = func.count().filter(documents.answer_id == 0)
    every, questions = connection.execute(select(func.count(documents.answer_id), of_questions)).one()
    matched = full_text.size(connection, number)
    if matched != questions:
        return Health(Condition.DAMAGED, reason=f"{questions} questions, of which the full text has {matched}")
    if questions and not _finds_what_is_there(connection, full_text, number):
        return Health(Condition.DAMAGED, reason="the full text does not find a question that is there")
    return Health(Condition.READY, questions, every, standing.bytes)


def _finds_what_is_there(connection: Connection, full_text: FullText, number: int) -> bool:
    """Whether the first and the last question are found by their words."""
    documents = documents_table(number).c
    for order in (documents.question_id.asc(), documents.question_id.desc()):
        statement = select(documents.question_id, documents.words).where(documents.answer_id == 0).order_by(order).limit(1)
        question_id, words = connection.execute(statement).one()
        wanted = Wanted((), tuple(((word,),) for word in words.split()[:PROBED]))
        if not wanted.is_anything:
            found = full_text.having(number, wanted).subquery()
            if connection.execute(select(found).where(found.c[0] == question_id)).first() is None:
                return False
    return True
