"""What closing an account does to the account itself; what it means for posts, votes and points is the floor above's."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts import avatars
from app.accounts.models import AccountToken, Role, User, UserSession
from app.accounts.people import RENAMED
from app.outbox import emit
from app.pages import person_key, touch


def former_name(user_id: int) -> str:
    """What stands where the name stood."""
    return f"Former member {user_id}"


def close(session: Session, user: User, now: datetime, into_id: int | None = None) -> None:
    """Inside a verb, with the person's row held: nobody signs in with it any more, and nothing of it names its owner. The number
    stays, and so does what refers to it."""
    avatars.forget(user.id)
    user.name, user.name_key = former_name(user.id), None
    user.email = user.email_confirmed_at = user.password_hash = user.avatar_url = user.origin_url = None
    user.about_source = user.about_html = ""
    user.role, user.mail_notices, user.expert_until = Role.CUSTOMER, False, None
    user.closed_at, user.merged_into_id = now, into_id
    session.flush()
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    session.execute(delete(AccountToken).where(AccountToken.user_id == user.id))
    touch(session, person_key(user.id))
    emit(session, RENAMED, now, user_id=user.id)
