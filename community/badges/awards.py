"""Awarding badges and taking them back, and telling the people. What was earned is entered once, and told once."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db, transaction
from app.errors import NotFound
from community import policy
from community.badges import earning
from community.moderation import audit
from community.notifications import inbox
from reputation.badges import book
from reputation.badges.book import Earned
from reputation.badges.rules import RULES, Rule


def award(rules: Iterable[Rule], question_ids: Collection[int]) -> list[Earned]:
    """Award what a message about these questions has brought; returns what is new.

    Looks first and writes only where there is something to write: nearly every message brings nothing.
    """
    found = earning.by_message(db.session(), rules, question_ids)
    db.session.rollback()
    if not found:
        return []
    with transaction() as session:
        new = book.enter(session, found)
        for one in new:
            tell(session, one)
        return new


def tell(session: Session, one: Earned) -> None:
    """Say it in the inbox, dated when it was earned."""
    rule = RULES[one.badge]
    inbox.put(
        session,
        [one.user_id],
        "badge",
        f"badge:{one.badge}:{one.occasion}",
        one.at,
        question_id=one.question_id if rule.each else None,
        answer_id=one.answer_id if rule.each else None,
        text=f"{rule.title}, for {rule.words}",
    )


def take_back(person_id: int, badge: str, occasion: str, reason: str, *, by: User | None, now: datetime) -> bool:
    """Take a badge back, and say why; it is not awarded again for the same occasion. Returns False when it was taken already.

    `occasion` is what it was for, as the book has it: "answer:7", or "" for a badge that is earned once in a life. `by` is a
    moderator, or None for a finding of the night. Raises NotFound when it was never awarded.
    """
    with transaction() as session:
        if by is not None:
            policy.require(by, "take_badge", None, now)
        rule = _rule(badge)
        taken = book.take_back(session, person_id, badge, occasion, reason, by.id if by else None, now)
        if taken is None:
            return False
        audit.record(session, by, "badge.taken", now, reason=reason, user_id=person_id, badge=badge, occasion=occasion)
        cause = f"badge_taken:{badge}:{occasion}:{now.isoformat()}"
        inbox.put(session, [person_id], "badge_taken", cause, now, text=f"{rule.title}: {reason}")
        return True


def give_back(person_id: int, badge: str, occasion: str, *, by: User | None, now: datetime) -> bool:
    """Give back what was taken, as it was, as after an appeal that was won. Returns False when it stands. Raises NotFound when it
    was never awarded."""
    with transaction() as session:
        if by is not None:
            policy.require(by, "take_badge", None, now)
        rule = _rule(badge)
        given = book.give_back(session, person_id, badge, occasion)
        if given is None:
            return False
        audit.record(session, by, "badge.given", now, user_id=person_id, badge=badge, occasion=occasion)
        cause = f"badge_given:{badge}:{occasion}:{now.isoformat()}"
        inbox.put(session, [person_id], "badge_given", cause, now, text=rule.title)
        return True


def _rule(badge: str) -> Rule:
    if badge not in RULES:
        raise NotFound("There is no such badge.")
    return RULES[badge]
