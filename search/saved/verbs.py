"""Saving a search, changing it, stopping its notices, deleting it. One's own only."""

from datetime import datetime

from sqlalchemy import delete as delete_from
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Invalid, NotFound
from community import policy
from search import syntax
from search.saved.fitting import key_of, keyed_as
from search.saved.models import Notify, SavedSearch, SavedSearchFind
from search.site import current_vocabulary, current_zone

MOST = 50
"""So many searches a person may save."""
LONGEST_NAME = 80
MOST_TYPED = syntax.MAX_CHARACTERS


def save(*, text: str, name: str, notify: str, by: User, now: datetime) -> int:
    """Keep a search; returns its number. Without a name it is called by its words.

    Who has the same words saved already gets that one's number, and nothing changes. Raises Invalid for a text that asks for
    nothing or a notice there is none of, Conflict when there are MOST already.
    """
    with transaction() as session:
        policy.require(by, "save_search", None, now)
        session.execute(select(User.id).where(User.id == by.id).with_for_update())
        text = " ".join(text.replace("\0", " ").split())
        _check_text(text, now)
        same = session.scalars(select(SavedSearch.id).where(SavedSearch.user_id == by.id, SavedSearch.text == text)).first()
        if same is not None:
            return same
        count = select(func.count()).select_from(SavedSearch).where(SavedSearch.user_id == by.id)
        if session.execute(count).scalar_one() >= MOST:
            raise Conflict(f"You have {MOST} saved searches, which is the most there can be. Delete one first.")
        made = SavedSearch(
            user_id=by.id,
            name=_name(name or text[:LONGEST_NAME]),
            text=text,
            notify=_notify(notify),
            key=key_of(syntax.read(text, now, zone=current_zone()).query, current_vocabulary()),
            keyed_as=keyed_as(current_vocabulary()),
            created_at=now,
            since=now,
        )
        session.add(made)
        session.flush()
        return made.id


def change(search_id: int, *, name: str, notify: str, by: User, now: datetime) -> None:
    """Give it another name or other notices.

    Raises NotFound when it is not one's own, Invalid for a name or notice that cannot be.
    Where notices are turned on again, what happened meanwhile is no news.
    """
    with transaction() as session:
        policy.require(by, "save_search", None, now)
        mine = _mine(session, search_id, by)
        if mine.notify == Notify.OFF and notify != Notify.OFF:
            mine.since = now
        if notify == Notify.MAIL and mine.notify != Notify.MAIL:
            _count_as_mailed(session, mine)
        mine.name, mine.notify = _name(name), _notify(notify)


def stop(search_id: int, *, by: User, now: datetime) -> None:
    """No more notices of this search; it stays in the list. Raises NotFound when it is not one's own."""
    with transaction() as session:
        policy.require(by, "save_search", None, now)
        _mine(session, search_id, by).notify = Notify.OFF


def delete(search_id: int, *, by: User, now: datetime) -> None:
    """Delete it, with what was found for it. Raises NotFound when it is not one's own."""
    with transaction() as session:
        policy.require(by, "save_search", None, now)
        mine = _mine(session, search_id, by)
        session.execute(delete_from(SavedSearchFind).where(SavedSearchFind.search_id == mine.id))
        session.delete(mine)


def _mine(session: Session, search_id: int, by: User) -> SavedSearch:
    """The search, its row held. Somebody else's is told from none by nothing."""
    own = (SavedSearch.id == search_id, SavedSearch.user_id == by.id)
    found = session.scalars(
        select(SavedSearch).where(*own).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such search among those you saved.")
    return found


def _count_as_mailed(session: Session, search: SavedSearch) -> None:
    """What was told before mails were asked for needs none."""
    before = (SavedSearchFind.search_id == search.id, SavedSearchFind.told_at.is_not(None), SavedSearchFind.mailed_at.is_(None))
    session.execute(
        update(SavedSearchFind).where(*before).values(mailed_at=search.created_at).execution_options(synchronize_session=False)
    )


def _check_text(text: str, now: datetime) -> None:
    if len(text) > syntax.MAX_CHARACTERS:
        raise Invalid({"text": f"A search to be saved has {syntax.MAX_CHARACTERS:,} characters at the most."})
    if syntax.read(text, now).query.is_empty:
        raise Invalid({"text": "Type what to look for: there is nothing to save in an empty search."})


def _name(text: str) -> str:
    text = " ".join(text.replace("\0", " ").split())
    if not text:
        raise Invalid({"name": "Give it a name, so that you know it in your inbox."})
    if len(text) > LONGEST_NAME:
        raise Invalid({"name": f"A name has {LONGEST_NAME} characters at the most."})
    return text


def _notify(text: str) -> str:
    if text not in set(Notify):
        raise Invalid({"notify": "Choose whether you want to hear of it, and how."})
    return text
