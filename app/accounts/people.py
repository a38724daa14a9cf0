"""What a person shows of themselves, and their role."""

import re
import unicodedata
import zlib
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app import rendering
from app.accounts.fields import clean_about, clean_name
from app.accounts.models import Role, User
from app.accounts.signup import NAME_TAKEN
from app.db import transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.outbox import emit
from app.pages import person_key, touch

RENAMED = "person.renamed"
"""The outbox's topic: somebody has another name."""

HUES = 12
"""Hues that a drawn avatar can have, numbered from 0."""


PAGES_OF_A_PERSON = frozenset({"standing"})
"""Words that lead to another page where a name's would stand."""


def avatar_of(user: User) -> tuple[str, int]:
    """Initials and hue (0 to 11) of the avatar that is drawn for who has none; both come from the name."""
    return initials_and_hue(user.name)


def initials_and_hue(name: str) -> tuple[str, int]:
    """What `avatar_of` gives, for who has the name only."""
    firsts = [letter for word in name.split() if (letter := next(filter(str.isalnum, word), ""))]
    initials = firsts[:1] + firsts[1:][-1:]
    return "".join(letter.upper()[:1] for letter in initials) or "?", zlib.crc32(name.encode()) % HUES


def person_url(user_id: int, name: str) -> str:
    """The address of a person's page. The number decides; the words are for readers, and left out where no Latin letters are."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall("[a-z0-9]+", plain))
    slug = f"person-{slug}" if slug in PAGES_OF_A_PERSON else slug
    return f"/people/{user_id}/{slug}" if slug else f"/people/{user_id}"


def suspension_notice(user: User, now: datetime) -> str:
    """What a suspended person is told above every page: until when, and why; "" for everybody else."""
    if not user.is_suspended(now) or user.suspended_until is None:
        return ""
    until = user.suspended_until
    day = f"{until.day} {until:%B %Y, %H:%M} UTC"
    return f"Your account is suspended until {day}: {user.suspended_reason} You can read, but not write."


def edit_profile(name: str, about: str, by: User, now: datetime) -> None:
    """Change the person's own name and what they say about themselves.

    Raises Invalid for `name` (its form, or somebody else has it) and `about` (too long), Forbidden while suspended.
    """
    refuse_suspended(by, now)
    problems: dict[str, str] = {}
    clean, key, words = "", "", ""
    try:
        clean, key = clean_name(name)
    except ValueError as error:
        problems["name"] = str(error)
    try:
        words = clean_about(about)
    except ValueError as error:
        problems["about"] = str(error)
    if problems:
        raise Invalid(problems)
    rendered = rendering.render_markdown(words)
    try:
        with transaction() as session:
            session.execute(
                update(User)
                .where(User.id == by.id)
                .values(name=clean, name_key=key, about_source=words, about_html=rendered)
                .execution_options(synchronize_session=False)
            )
            touch(session, person_key(by.id))
            if clean != by.name:
                emit(session, RENAMED, now, user_id=by.id)
    except IntegrityError:
        raise Invalid({"name": NAME_TAKEN}) from None


def set_mail_notices(wanted: bool, by: User, now: datetime) -> None:
    """Whether the person gets reminders by mail; what they ask for themselves always comes. Also while suspended."""
    with transaction() as session:
        session.execute(
            update(User).where(User.id == by.id).values(mail_notices=wanted).execution_options(synchronize_session=False)
        )


def set_role(user_id: int, role: Role, by: User, now: datetime) -> None:
    """Give a person a role. Raises Forbidden for all but admins, Conflict when no admin would be left, NotFound for nobody."""
    with transaction() as session:
        # All admins' rows are held, so that two of them cannot take the role from each other at the same moment.
        admins = session.execute(
            select(User.id).where(User.role == Role.ADMIN.value).order_by(User.id).with_for_update(key_share=True)
        ).scalars()
        standing = set(admins)
        if by.id not in standing or by.is_suspended(now):
            raise Forbidden("Only admins can do this.")
        if role is not Role.ADMIN and standing == {user_id}:
            raise Conflict("This is the only admin; make somebody else one first.")
        changed = session.execute(
            update(User)
            .where(User.id == user_id)
            .values(role=role.value)
            .returning(User.id)
            .execution_options(synchronize_session=False)
        )
        if changed.first() is None:
            raise NotFound("There is no such person.")
        touch(session, person_key(user_id))


def refuse_suspended(by: User, now: datetime) -> None:
    """Who may not write may not rewrite themselves either; raises Forbidden."""
    if by.is_suspended(now):
        raise Forbidden("While your account is suspended, what others see of you stays as it is.")
