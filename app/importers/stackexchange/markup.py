"""The texts of a dump through the text boundary, before anything is published, so that no transaction waits for it."""

from collections.abc import Callable, Sequence

from app import rendering
from app.importers.bulk import in_parts
from app.importers.stackexchange.stage import Stage

Text = tuple[int, str]

TEXTS = {
    "html_posts": "SELECT id, body FROM posts WHERE thread IS NOT NULL ORDER BY id",
    "html_comments": "SELECT id, text FROM comments ORDER BY id",
    "html_users": "SELECT id, about FROM users WHERE about <> '' ORDER BY id",
}
"""Where the HTML goes → whence the texts come. Comments are in the small Markdown that comments here know too."""


def render(stage: Stage, tick: Callable[[int], None]) -> None:
    """Fill the stage's `html_…` tables. `tick` hears how many texts are done."""
    for table, query in TEXTS.items():
        with stage.writing():
            for part in in_parts(stage.rows(query), weight=lambda text: len(text[1])):
                stage.connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", rendered(table, part))  # noqa: S608 - our own table
                tick(len(part))


def rendered(table: str, texts: Sequence[Text]) -> list[Text]:
    """The texts' HTML."""
    if table == "html_comments":
        return [(number, rendering.render_comment(text)) for number, text in texts]
    return [(number, rendering.render(text, "html")) for number, text in texts]
