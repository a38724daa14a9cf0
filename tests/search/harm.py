"""What can befall an index, whichever engine keeps it. Each works on the index of the current application."""

from flask import Flask
from sqlalchemy import text

from app.config import Settings
from app.db import db, transaction
from search.database_engine import state
from search.database_engine.tables import documents_table, match_name


def lose(app: Flask) -> None:
    """The index is gone."""
    settings: Settings = app.config["SETTINGS"]
    if settings.search_in_database:
        with transaction() as session:
            session.execute(text("DELETE FROM search_index"))
    else:
        folder = settings.data_dir / "search"
        folder.rename(folder.with_name(f"lost-{len(list(settings.data_dir.iterdir()))}"))


def damage(app: Flask) -> None:
    """A part of the index cannot be read."""
    settings: Settings = app.config["SETTINGS"]
    if settings.search_in_database:
        drop_full_text()
        return
    folder = settings.data_dir / "search"
    live = folder / (folder / "CURRENT").read_text()
    for file in live.glob("*.seg"):
        file.write_bytes(file.read_bytes()[:100])


def drop_full_text() -> None:
    """The table of the full text is gone."""
    with transaction() as session:
        number = state.read(session.connection()).live
        session.execute(text(f"DROP TABLE {match_name(number or 0)}"))


def lose_half_of_the_full_text() -> None:
    """Questions are there that the full text does not know."""
    with transaction() as session:
        connection = session.connection()
        number = state.read(connection).live or 0
        documents = documents_table(number)
        last = connection.execute(text(f"SELECT max(question_id) FROM {documents.name}")).scalar_one()
        values = {column.name: 0 if column.name != "question_id" else last + 1 for column in documents.c}
        values |= {column.name: "" for column in documents.c if column.type.python_type is str}
        connection.execute(documents.insert(), values)
    db.session.remove()
