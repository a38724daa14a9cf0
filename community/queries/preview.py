"""What a text will look like."""

from markupsafe import Markup

from app.db import db
from app.rendering.stored import stored
from community import texts


def preview(source: str) -> Markup:
    """The text as it would be shown, mentions linked; empty for an empty one, a text over the limit as it was typed."""
    return stored(texts.preview(db.session(), source))
