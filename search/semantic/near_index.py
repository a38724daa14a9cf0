"""Makes PostgreSQL's own index of the vectors: pgvector's HNSW (Malkov and Yashunin 2018), where the extension is.

It stands over the bytes that are stored anyway, turned into a vector by a function, so nothing has to be kept in step.
"""

import logging

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import db

INDEX = "ix_question_vectors_near"
BYTES = 384
AT_ONCE = 5_000
"""So many vectors are put into a new index by the worker itself, in some seconds; for more it is told to a person."""

_MAKE_FUNCTION = """
CREATE OR REPLACE FUNCTION question_nearness(bytea) RETURNS halfvec LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000
RETURN array(
    SELECT (get_byte($1, place) # 128) - 128 FROM generate_series(0, octet_length($1) - 1) AS place ORDER BY place
)::real[]::halfvec"""
"""A byte from -128 to 127 is told by its bits, with the first of them turned. Its cost keeps the planner to the index."""
VECTOR = f"(question_nearness(vector)::halfvec({BYTES}))"
_MAKE_INDEX = f"""
CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON question_vectors USING hnsw ({VECTOR} halfvec_cosine_ops)
WHERE octet_length(vector) = {BYTES}"""

_STATE = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
_CAN_BE = text(
    "SELECT 1 FROM pg_available_extensions WHERE name = 'vector' AND string_to_array(default_version, '.')::int[] >= '{0,7}'"
)
_COUNT = text("SELECT count(*) FROM (SELECT 1 FROM question_vectors LIMIT :most) AS few")

log = logging.getLogger(__name__)


def is_there() -> bool:
    """Whether the index can be used. Always no on another database."""
    return _is_postgresql() and bool(db.session.execute(_STATE, {"name": INDEX}).scalar())


def make(most: int | None = None) -> bool:
    """Make the index where it is missing and the extension can be had; returns whether it is there afterwards.

    With more than `most` vectors it is left to a person, who says `flask search index-vectors`.
    Everybody reads and writes meanwhile. Needs no transaction open; an index that was broken off is made anew.
    """
    if not _is_postgresql():
        return False
    there = is_there()
    can_be = there or db.session.execute(_CAN_BE).scalar() is not None
    many = most is not None and not there and db.session.execute(_COUNT, {"most": most + 1}).scalar_one() > most
    db.session.rollback()
    if there or not can_be:
        return there
    if many:
        log.info("search by meaning keeps all vectors in memory; `flask search index-vectors` makes an index of them")
        return False
    try:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS vector")
            connection.exec_driver_sql(_MAKE_FUNCTION)
            if connection.execute(_STATE, {"name": INDEX}).scalar() is False:
                connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {INDEX}")
            connection.exec_driver_sql(_MAKE_INDEX)
    except DBAPIError as error:
        log.info("search by meaning keeps all vectors in memory, since PostgreSQL makes no index of them: %s", error.orig)
        return False
    return True


def _is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"
