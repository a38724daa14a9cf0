"""What the clock does for accounts."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from app.accounts.models import AccountToken, UserSession
from app.db import transaction

LINKS_KEPT = timedelta(days=30)
"""How long a link that has expired can still be looked into when somebody asks what happened."""


def forget_expired(now: datetime) -> None:
    """Remove sessions that have ended and links that expired a while ago; neither opens anything any more."""
    with transaction() as session:
        session.execute(delete(UserSession).where(UserSession.expires_at <= now))
        session.execute(delete(AccountToken).where(AccountToken.expires_at <= now - LINKS_KEPT))
