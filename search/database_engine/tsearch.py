"""PostgreSQL's full text: which questions have which words.

The words come from our own analysis, so no dictionary of PostgreSQL's is asked: vectors are written word by word, titles with the
weight A and texts with B. `ts_rank` orders, not `ts_rank_cd`, which found real duplicates three times worse.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    and_,
    any_,
    bindparam,
    cast,
    func,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, REAL, TSQUERY, TSVECTOR, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

from search import ranking
from search.database_engine.tables import DOCUMENTS, PREFIXES, match_name
from search.database_engine.wanted import Clause, Part, Run, Wanted

RANKED = 600
"""At most so many questions are ranked by the database, which has to unpack each one's vector; of more, those with the words in
the title and the newest are taken."""
LAST_PLACE = 16_383
"""PostgreSQL's vectors know no place after this one; a phrase further down a text is not found."""
PLACES = 100
"""So many places of a word are kept."""
LARGEST = 700_000
"""Bytes of words in one vector; PostgreSQL refuses more than a megabyte with their places."""
_BROKEN = {"42P01", "42703", "XX001", "XX002", "58P01"}
"""No such table, no such column, spoilt data, a spoilt index, no such file."""
_WEIGHTS = (0.1, 0.2, 1 / ranking.TITLE, 1.0)
"""Of the weights D, C, B and A."""

MatchRow = tuple[int, str, str]
"""A question, the words of its title, and all others."""


@lru_cache(maxsize=16)
def _table(number: int) -> Table:
    """The title's words by themselves, and all words."""
    name = match_name(number)
    made = Table(
        name,
        MetaData(),
        Column("question_id", Integer, primary_key=True, autoincrement=False),
        Column("title", TSVECTOR, nullable=False),
        Column("words", TSVECTOR, nullable=False),
    )
    for column in (made.c.title, made.c.words):
        # A small pending list: whoever searches reads through it.
        Index(f"ix_{name}_{column.name}", column, postgresql_using="gin", postgresql_with={"gin_pending_list_limit": "256"})
    return made


class Tsearch:
    """The full text of PostgreSQL."""

    most = RANKED

    def __init__(self, common: frozenset[str]) -> None:
        """`common` are the stop words, of which no places are kept."""
        self._common = common

    def create(self, connection: Connection, number: int) -> None:
        """Make the full text of an index; its own indexes come with `tidy`, since they are made faster at the end."""
        name = match_name(number)
        connection.execute(CreateTable(_table(number)))
        # Vectors and words lie beside their rows, as they are: whoever looks up a common word goes through many rows and few of
        # the vectors, and unpacking costs more than reading.
        connection.exec_driver_sql(f"ALTER TABLE {name} ALTER COLUMN words SET STORAGE EXTERNAL")
        connection.exec_driver_sql(f"ALTER TABLE {name} ALTER COLUMN title SET STORAGE MAIN")
        connection.exec_driver_sql(f"ALTER TABLE {name} SET (toast_tuple_target = 128)")
        connection.exec_driver_sql(f"ALTER TABLE {DOCUMENTS}{number} ALTER COLUMN words SET STORAGE EXTERNAL")

    def drop(self, connection: Connection, number: int) -> None:
        """Remove the full text of an index; nothing happens where there is none."""
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {match_name(number)}")

    def put(self, connection: Connection, number: int, rows: Sequence[MatchRow]) -> None:
        """Put questions in, or in the place of what was there."""
        made = _table(number)
        statement = insert(made).values(
            question_id=bindparam("at"),
            title=cast(bindparam("title_vector"), TSVECTOR),
            words=cast(bindparam("words_vector"), TSVECTOR),
        )
        replacing = statement.on_conflict_do_update(
            index_elements=[made.c.question_id], set_={"title": statement.excluded.title, "words": statement.excluded.words}
        )
        if rows:
            connection.execute(
                replacing,
                [
                    {
                        "at": at,
                        "title_vector": self._vector([(title, "A")]),
                        "words_vector": self._vector([(title, "A"), (words, "B")]),
                    }
                    for at, title, words in rows
                ],
            )

    def take(self, connection: Connection, number: int, rows: Sequence[MatchRow]) -> None:
        """Take questions out."""
        made = _table(number)
        if rows:
            connection.execute(made.delete().where(made.c.question_id.in_([row[0] for row in rows])))

    def tidy(self, connection: Connection, number: int) -> bool:
        """Make the indexes, and tell the planner what is in them."""
        made = _table(number)
        for index in made.indexes:
            index.create(connection, checkfirst=True)
        connection.exec_driver_sql("ANALYZE " + ", ".join(f"{prefix}{number}" for prefix in PREFIXES))
        return False

    def size(self, connection: Connection, number: int) -> int:
        """How many questions are in it."""
        return connection.execute(select(func.count()).select_from(_table(number))).scalar_one()

    def bytes(self, connection: Connection, number: int) -> int:
        """What the index takes on the disk."""
        sizes = (select(func.pg_total_relation_size(f"{prefix}{number}")) for prefix in PREFIXES)
        return sum(int(connection.execute(size).scalar_one()) for size in sizes)

    def counts(self, connection: Connection, number: int, parts: Sequence[Part]) -> list[int]:
        """How many questions have each of the parts."""
        words = _table(number).c.words
        asked = [select(func.count()).where(words.op("@@")(cast(self._part(part), TSQUERY))).scalar_subquery() for part in parts]
        return [int(count) for count in connection.execute(select(*asked)).one()] if asked else []

    def having(self, number: int, wanted: Wanted) -> Select[int]:
        """The questions that are wanted, for use in a larger statement."""
        made = _table(number)
        return select(made.c.question_id).where(made.c.words.op("@@")(cast(self._expression(wanted), TSQUERY)))

    def is_one_of(self, column: ColumnElement[int], ids: Select[int]) -> ColumnElement[bool]:
        """Whether `column` is one of the numbers that `ids` gives, for going through all rows in an order of their own."""
        return column.in_(ids)  # the planner knows about how many there are, and whether to begin with them

    def among(self, column: ColumnElement[int], ids: Sequence[int]) -> ColumnElement[bool]:
        """Whether `column` is one of many numbers."""
        return column == any_(cast(list(ids), ARRAY(Integer)))

    def best(self, connection: Connection, number: int, wanted: Wanted, most: int, among: Select[int] | None = None) -> list[int]:
        """The most promising questions, at most `most`; with `among`, of those only."""
        made, expression = _table(number), cast(self._expression(wanted), TSQUERY)
        among_them = true() if among is None else made.c.question_id.in_(among)
        has_words = and_(made.c.words.op("@@")(expression), among_them)
        ids: list[int] = []
        if wanted.newest < 1 and among is None:
            last = connection.execute(select(func.max(made.c.question_id))).scalar() or 0
            # Written so that the primary key is of no use: going along it, every new question's vector would be unpacked.
            is_new = made.c.question_id + 0 > int(last * (1 - wanted.newest))
            ids = self._newest(connection, made, and_(has_words, is_new), RANKED + 1)
        if len(ids) <= RANKED:
            ids = self._newest(connection, made, has_words, RANKED + 1)
        if len(ids) <= most:
            return ids
        if len(ids) > RANKED:
            named = self._newest(connection, made, and_(made.c.title.op("@@")(expression), among_them), most * 2 // 3)
            return list(dict.fromkeys([*named, *ids]))[:most]
        rank = func.ts_rank(cast(list(_WEIGHTS), ARRAY(REAL)), made.c.words, expression)
        ranked = (
            select(made.c.question_id)
            .where(self.among(made.c.question_id, ids))
            .order_by(rank.desc(), made.c.question_id.desc())
            .limit(most)
        )
        return list(connection.scalars(ranked))

    def _newest(self, connection: Connection, made: Table, condition: ColumnElement[bool], most: int) -> list[int]:
        # Found first, whatever the planner thinks of the order: by the primary key it would unpack the vector of every question.
        found = select(made.c.question_id).where(condition).cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
        return list(connection.scalars(select(found.c.question_id).order_by(found.c.question_id.desc()).limit(most)))

    def is_damage(self, error: DBAPIError) -> bool:
        """Whether a new index would mend what went wrong."""
        return getattr(error.orig, "sqlstate", None) in _BROKEN

    def _vector(self, texts: Iterable[tuple[str, str]]) -> str:
        """Texts with their weights as PostgreSQL writes a vector. Ends before it would be too large."""
        places: dict[str, list[str]] = {}
        place, size = 0, 0
        for words, weight in texts:
            for line in words.split("\n"):
                for word in line.split():
                    place = min(place + 1, LAST_PLACE)
                    held = places.get(word)
                    if held is None:
                        size += len(word.encode()) + 8
                        if size > LARGEST:
                            break
                        places[word] = [f"{place}{weight}"]
                    elif len(held) < PLACES and place < LAST_PLACE and word not in self._common:
                        size += 2
                        held.append(f"{place}{weight}")
                place += 1  # no phrase goes on into the next line
        return " ".join(f"{_quoted(word)}:{','.join(held)}" for word, held in places.items())

    def _expression(self, wanted: Wanted) -> str:
        clauses = [clause for clause in wanted.clauses if clause]
        pieces = ["(" + " | ".join(map(self._clause, clauses)) + ")"] if clauses else []
        return " & ".join([*pieces, *map(self._part, wanted.always)])

    def _clause(self, clause: Clause) -> str:
        return "(" + " & ".join(map(self._part, clause)) + ")"

    def _part(self, part: Part) -> str:
        return "(" + " | ".join(map(self._run, part)) + ")"

    def _run(self, run: Run) -> str:
        """Words one behind the other: of common ones no places are kept, so they are stepped over."""
        told = [(place, word) for place, word in enumerate(run) if word not in self._common]
        if len(run) == 1 or not told:
            return "(" + " & ".join(map(_quoted, run)) + ")"
        written = _quoted(told[0][1])
        for (before, _), (place, word) in pairwise(told):
            written += f" <{place - before}> {_quoted(word)}"
        return f"({written})"


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
