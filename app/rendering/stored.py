"""What the boundary wrote and the database kept, as a page takes it."""

from markupsafe import Markup


def stored(html: str) -> Markup:
    """HTML from a `body_html` (or `about_html`) column, which only `app.rendering` fills, marked as safe for a template.

    Never call it with anything else.
    """
    return Markup(html)  # noqa: S704 - every writer of these columns takes what nh3 wrote last
