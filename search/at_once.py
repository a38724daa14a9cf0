"""The index changed in the transaction of the verb itself, where it is kept in the same database: who posts finds it at once.

The handler of the message still comes: it does what takes longer, and makes up for what could not be done here.
"""

import logging

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.outbox import Payload
from search.database_engine import DatabaseEngine
from search.documents import documents_within
from search.engine import IndexBusy, IndexUnusable
from search.site import current_engine

PATIENCE_MS = 200
"""How long a person's act waits for another writer of the same question."""
MOST = 3
"""So many questions of one verb; of an act on many the handler takes care."""
_COUNT = "bestbefore_indexed_at_once"

log = logging.getLogger(__name__)


def index_question(session: Session, payload: Payload) -> None:
    """Bring the question up to date as part of the open transaction; whatever hinders that leaves it to the handler."""
    engine = current_engine()
    done = session.info.get(_COUNT, (None, 0))
    here = session.get_transaction()
    count = done[1] if done[0] is here else 0
    if not isinstance(engine, DatabaseEngine) or count >= MOST:
        return
    session.info[_COUNT] = (here, count + 1)
    question_ids = [payload["question_id"]]
    try:
        with session.begin_nested():
            engine.replace_within(session.connection(), question_ids, documents_within(question_ids), PATIENCE_MS)
    except (IndexUnusable, IndexBusy, DBAPIError) as error:
        log.info("question %s is left to the worker to index: %s", question_ids[0], error)
