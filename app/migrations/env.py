"""How Alembic reaches the database: through the application's own engine, in one transaction per run."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy.engine import Connection
from sqlalchemy.types import DateTime, TypeDecorator


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:  # noqa: ANN401 - Alembic's signature
    """Our own types are written as the plain ones they stand on, so that a migration imports nothing of ours."""
    if kind == "type" and isinstance(item, TypeDecorator) and isinstance(item.impl_instance, DateTime):
        return "sa.DateTime(timezone=True)"
    return False


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Tables that the search engine makes and removes by itself are none of the migrations' business."""
    return kind != "table" or not (name or "").startswith(("search_documents_", "search_texts_", "search_match_"))


def run(connection: Connection) -> None:
    """Run the migrations on `connection`."""
    context.configure(
        connection=connection,
        target_metadata=current_app.extensions["migrate"].db.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        include_name=include_name,
        site_time_zone=current_app.config["SETTINGS"].time_zone,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite" and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise SystemExit(f"The migration would leave rows that refer to nothing, so nothing was changed: {broken[:5]}")


if context.is_offline_mode():
    raise SystemExit("These migrations look at the database they change; run them online.")

with current_app.extensions["migrate"].db.engine.execution_options(writes=True).connect() as _connection:
    _sqlite = _connection.connection.dbapi_connection if _connection.dialect.name == "sqlite" else None
    # SQLite alters a table by making it anew; with foreign keys on, dropping the old one would delete what points to it.
    if _sqlite is not None:
        _sqlite.execute("PRAGMA foreign_keys=OFF")
    try:
        run(_connection)
    finally:
        if _sqlite is not None:
            _sqlite.execute("PRAGMA foreign_keys=ON")
