"""An answer whose text was reworked after its date waits for a verifier, before others.

Nobody vouches for their own words: an edit moves no date. What it does is to say that a check is worth making now.
"""

import re
from collections import Counter
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_

from app import rendering
from community import lifecycle
from community.lifecycle import State
from community.models import Answer

LEAST_SHARE = 0.05
"""An edit is substantial when so large a share of the words went or came."""
LEAST_WORDS = 8
"""Or so many words, however long the text is."""

_WORD = re.compile(r"\w+")


class Dated(Protocol):
    """The columns that say whether an answer waits: the model has them, and so have rows that pages read."""

    fresh_from: datetime
    best_before_at: datetime
    expires_at: datetime
    archived_at: datetime | None
    verified_at: datetime | None
    reworked_at: datetime | None


def is_substantial(old: str, new: str) -> bool:
    """Whether the way from one text to the other is more than a correction: LEAST_SHARE of the words, or LEAST_WORDS of them.

    Signs, spaces, capitals and the order of the words do not count.
    """
    before, after = Counter(_words(old)), Counter(_words(new))
    changed = max((before - after).total(), (after - before).total())
    return changed >= LEAST_WORDS or changed > LEAST_SHARE * max(before.total(), after.total())


def source_of(answer: Answer) -> str:
    """The answer's text, as it is compared with the next: an imported one as Markdown."""
    return rendering.html_to_markdown(answer.body_source) if answer.body_format == "html" else answer.body_source


def note(answer: Answer, before: str, now: datetime) -> bool:
    """Inside a verb, after an edit: where the answer is past its date and its text is another one than `before`, it waits for a
    verifier from now on. Its dates stay as they are."""
    state = lifecycle.state_at(answer.best_before_at, answer.expires_at, answer.archived_at, now)
    if state not in (State.DUE, State.EXPIRED) or not is_substantial(before, source_of(answer)):
        return False
    answer.reworked_at = now
    return True


def waiting_since(answer: Dated, now: datetime) -> datetime | None:
    """When the answer was reworked, if it is past its date and nobody has checked or accepted it since; else None."""
    at = answer.reworked_at
    if at is None or at <= answer.fresh_from or (answer.verified_at is not None and at <= answer.verified_at):
        return None
    state = lifecycle.state_at(answer.best_before_at, answer.expires_at, answer.archived_at, now)
    return at if state in (State.DUE, State.EXPIRED) else None


def waits(now: datetime) -> ColumnElement[bool]:
    """The same as a condition on answers, for the review queue: these come before others."""
    return and_(
        Answer.reworked_at.is_not(None),
        Answer.reworked_at > Answer.fresh_from,
        or_(Answer.verified_at.is_(None), Answer.reworked_at > Answer.verified_at),
        Answer.best_before_at <= now,
        Answer.archived_at.is_(None),
    )


def _words(source: str) -> list[str]:
    return _WORD.findall(source.casefold())
