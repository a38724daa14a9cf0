"""The text boundary: from what people type, or what an import brings, to HTML that may stand on a page.

    Markdown ─ clean_source ─ layout ─ dialect ─ links (bleach) ─┐
                                                                 ├─ boundary (nh3, always last) ─ stored HTML
    HTML ───── clean_source ─ imported ──────────────────────────┘

Pure functions without state that threads could share. Whatever the input, none of them raises, and a text within the limits
takes less than 200 ms. Posts are rendered when written; raise `RENDERER_VERSION` with any change of what comes out, and the
stored HTML is rendered anew from its source by the command that compares versions.
"""

from app.rendering.imported import html_to_markdown, render_html
from app.rendering.posts import (
    MAX_BODY,
    MAX_COMMENT,
    RENDERER_VERSION,
    find_mentions,
    render,
    render_comment,
    render_markdown,
)
from app.rendering.text import clean_source, excerpt, name_key, plain_text

__all__ = [
    "MAX_BODY",
    "MAX_COMMENT",
    "RENDERER_VERSION",
    "clean_source",
    "excerpt",
    "find_mentions",
    "html_to_markdown",
    "name_key",
    "plain_text",
    "render",
    "render_comment",
    "render_html",
    "render_markdown",
]
