"""The pages about accounts; `blueprint` has them all."""

from app.accounts.views import dev_mail, media, passwords, sessions, settings, signup  # noqa: F401 - importing routes them
from app.accounts.views._blueprint import blueprint

__all__ = ["blueprint"]
