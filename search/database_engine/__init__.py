"""The engine in the product's own database: PostgreSQL's full text, or SQLite's FTS5; no further server.

One row for each question and answer holds its facts, its text and its words as `search/analysis.py` gives them, and a full text
index over whole questions tells which of them have the words. The database finds and ranks roughly, a few hundred at the most;
what is found is then looked at here, answer by answer, with the weights that every engine uses.
"""

from search.database_engine.engine import DatabaseEngine

__all__ = ["DatabaseEngine"]
