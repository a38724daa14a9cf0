"""SQLite's full text, FTS5: which questions have which words.

The table keeps no texts of its own; to take a question out one has to say what was put in, and the rows of the documents know.
"""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, Select, TableClause, column, func, literal_column, or_, select, table
from sqlalchemy.exc import DBAPIError, OperationalError

from search import ranking
from search.database_engine.tables import PREFIXES, match_name
from search.database_engine.wanted import Clause, Part, Wanted

RANKED = 2000
"""At most so many questions are ranked by the database; of more, those with the words in the title and the newest are taken."""
_TOKENIZER = "ascii tokenchars '_.@:+#-='"
"""Everything but spaces and lines belongs to a word: what a word is was decided by the analysis."""
_MERGED_AT_ONCE = 400
"""Pages that are merged in one transaction, since nobody else can write meanwhile."""
_BROKEN = ("no such table", "no such column", "vtable constructor failed", "malformed", "corrupt", "not a database")

MatchRow = tuple[int, str, str]
"""A question, the words of its title, and all others."""


@lru_cache(maxsize=16)
def _match(number: int) -> TableClause:
    name = match_name(number)
    return table(name, column("rowid"), column(name), column("title"), column("words"), column("rank"))


def _has(number: int, expression: str) -> ColumnElement[bool]:
    match = _match(number)
    return match.c[match.name].op("MATCH", is_comparison=True)(expression)


class Fts5:
    """The full text of SQLite."""

    most = RANKED

    def create(self, connection: Connection, number: int) -> None:
        """Make the full text of an index."""
        columns = f"title, words, content='', tokenize=\"{_TOKENIZER}\""
        connection.exec_driver_sql(f"CREATE VIRTUAL TABLE {match_name(number)} USING fts5({columns})")

    def drop(self, connection: Connection, number: int) -> None:
        """Remove the full text of an index, broken or not; nothing happens where there is none."""
        name = match_name(number)
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        except DBAPIError as error:
            if not self.is_damage(error):
                raise
            # What is too broken to be opened cannot be dropped: it is struck from the list of tables, and its parts are dropped.
            connection.exec_driver_sql("PRAGMA writable_schema=ON")
            connection.exec_driver_sql("DELETE FROM sqlite_schema WHERE type = 'table' AND name = ?", (name,))
            connection.exec_driver_sql("PRAGMA writable_schema=RESET")
            for part in ("data", "idx", "docsize", "config"):
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}_{part}")

    def put(self, connection: Connection, number: int, rows: Sequence[MatchRow]) -> None:
        """Put questions in; none of them may be in it."""
        name = match_name(number)
        if rows:
            connection.exec_driver_sql(f"INSERT INTO {name} (rowid, title, words) VALUES (?, ?, ?)", list(rows))  # noqa: S608 - the name is a number's

    def take(self, connection: Connection, number: int, rows: Sequence[MatchRow]) -> None:
        """Take questions out, given as they were put in."""
        name = match_name(number)
        statement = f"INSERT INTO {name} ({name}, rowid, title, words) VALUES ('delete', ?, ?, ?)"  # noqa: S608 - as above
        if rows:
            connection.exec_driver_sql(statement, list(rows))

    def tidy(self, connection: Connection, number: int) -> bool:
        """Do some of the work that makes a new index quick to read; whether there is more of it."""
        name = match_name(number)
        before = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
        connection.exec_driver_sql(f"INSERT INTO {name} ({name}, rank) VALUES ('merge', {-_MERGED_AT_ONCE})")  # noqa: S608 - as above
        return bool(connection.exec_driver_sql("SELECT total_changes()").scalar_one() - before > 1)

    def size(self, connection: Connection, number: int) -> int:
        """How many questions are in it."""
        sizes = table(f"{match_name(number)}_docsize")
        return connection.execute(select(func.count()).select_from(sizes)).scalar_one()

    def bytes(self, connection: Connection, number: int) -> int:
        """What the index takes on the disk; reads all of its pages' heads, so for once in a while."""
        pages = table("dbstat", column("name"), column("pgsize"))
        # As FTS5 and SQLite name what they make beside a table: search_match_7_data, sqlite_autoindex_search_texts_7_1.
        wanted = or_(*(pages.c.name.regexp_match(f"(^|_){prefix}{number}(_|$)") for prefix in PREFIXES))
        try:
            with connection.begin_nested():
                return int(connection.execute(select(func.sum(pages.c.pgsize)).where(wanted)).scalar() or 0)
        except OperationalError:  # a SQLite built without dbstat
            return 0

    def counts(self, connection: Connection, number: int, parts: Sequence[Part]) -> list[int]:
        """How many questions have each of the parts."""
        asked = [select(func.count()).where(_has(number, _part(part))).scalar_subquery() for part in parts]
        return [int(count) for count in connection.execute(select(*asked)).one()] if asked else []

    def having(self, number: int, wanted: Wanted) -> Select[int]:
        """The questions that are wanted, for use in a larger statement."""
        return select(_match(number).c.rowid).where(_has(number, _expression(wanted)))

    def is_one_of(self, column: ColumnElement[int], ids: Select[int]) -> ColumnElement[bool]:
        """Whether `column` is one of the numbers that `ids` gives, for going through all rows in an order of their own."""
        # Written so that they are gone through in that order: else each of the numbers is looked up, to be ordered afterwards.
        return (column + 0).in_(ids)

    def among(self, column: ColumnElement[int], ids: Sequence[int]) -> ColumnElement[bool]:
        """Whether `column` is one of many numbers."""
        return column.in_(select(func.json_each(json.dumps(list(ids))).table_valued("value").c.value))

    def best(self, connection: Connection, number: int, wanted: Wanted, most: int, among: Select[int] | None = None) -> list[int]:
        """The most promising questions, at most `most`; with `among`, of those only."""
        match, expression = _match(number), _expression(wanted)
        # Written so that the full text is gone through once, and not asked for each of those numbers.
        also = () if among is None else ((match.c.rowid + 0).in_(among),)
        within = select(match.c.rowid).where(_has(number, expression), *also).limit(RANKED + 1).subquery()
        if connection.execute(select(func.count()).select_from(within)).scalar_one() <= RANKED:
            rank = func.bm25(literal_column(match.name), ranking.TITLE, 1.0)
            return list(
                connection.scalars(
                    select(match.c.rowid).where(_has(number, expression), *also).order_by(rank, match.c.rowid.desc()).limit(most)
                )
            )
        newest = select(match.c.rowid).where(*also).order_by(match.c.rowid.desc())
        named = connection.scalars(newest.where(_has(number, f"title : ({expression})")).limit(most * 2 // 3)).all()
        others = connection.scalars(newest.where(_has(number, expression)).limit(most)).all()
        return list(dict.fromkeys([*named, *others]))[:most]

    def is_damage(self, error: DBAPIError) -> bool:
        """Whether a new index would mend what went wrong."""
        said = str(error.orig)
        return any(words in said for words in _BROKEN)


def _quoted(run: Iterable[str]) -> str:
    return '"' + " ".join(run).replace('"', '""') + '"'


def _part(part: Part) -> str:
    found = " OR ".join(map(_quoted, part))
    return f"({found})" if len(part) > 1 else found


def _clause(clause: Clause) -> str:
    return "(" + " AND ".join(map(_part, clause)) + ")"


def _expression(wanted: Wanted) -> str:
    clauses = [clause for clause in wanted.clauses if clause]
    pieces = ["(" + " OR ".join(map(_clause, clauses)) + ")"] if clauses else []
    return " AND ".join([*pieces, *map(_part, wanted.always)])
