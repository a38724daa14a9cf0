"""Tags: names, finding or making them, and the freshness policy that several of them make together."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.errors import Invalid
from community import policy
from community.lifecycle import DEFAULT_GRACE_DAYS, DEFAULT_INTERVAL_DAYS, LONGEST_INTERVAL_DAYS
from community.models import QuestionTag, Tag

MOST_TAGS = 5
"""How many tags a question can have."""
LONGEST_TAG = 35
"""Characters in a tag's name."""
DEFAULT_VERIFIERS = 1
"""How many people have to find an answer right."""

_NAME = re.compile(r"[^\W_](?:[^\W_]|[+#.-])*")


@dataclass(frozen=True)
class Policy:
    """How long answers stay current (days), how long they are shown after that (days), and how many must verify."""

    interval_days: int = DEFAULT_INTERVAL_DAYS
    grace_days: int = DEFAULT_GRACE_DAYS
    verifiers_needed: int = DEFAULT_VERIFIERS


def strictest(tags: Iterable[Tag]) -> Policy:
    """The policy of a question with these tags: the shortest interval and grace, the most verifiers; a tag without its own
    value counts with the site's default only where no other tag sets one."""
    found = list(tags)
    intervals = [tag.interval_days for tag in found if tag.interval_days is not None]
    graces = [tag.grace_days for tag in found if tag.grace_days is not None]
    verifiers = [tag.verifiers_needed for tag in found if tag.verifiers_needed is not None]
    return Policy(
        min(min(intervals, default=DEFAULT_INTERVAL_DAYS), LONGEST_INTERVAL_DAYS),
        min(graces, default=DEFAULT_GRACE_DAYS),
        max(verifiers, default=DEFAULT_VERIFIERS),
    )


def parse_names(text: str) -> list[str]:
    """Tag names from what was typed: separated by spaces or commas, lower case, each once. Raises Invalid for field "tags"."""
    names = list(dict.fromkeys(unicodedata.normalize("NFKC", part).lower() for part in re.split(r"[\s,]+", text) if part))
    if len(names) > MOST_TAGS:
        raise Invalid({"tags": f"A question can have up to {MOST_TAGS} tags; these are {len(names)}."})
    for name in names:
        if len(name) > LONGEST_TAG or not _NAME.fullmatch(name):
            raise Invalid(
                {"tags": f"“{name[:60]}” cannot be a tag: use letters, digits and hyphens, up to {LONGEST_TAG} characters."}
            )
    return names


def find_or_create(session: Session, names: Sequence[str], by: User, now: datetime) -> list[Tag]:
    """The tags of these names, in their order; a new name makes a new tag where `by` may make one, else raises Invalid."""
    if not names:
        return []
    known = {tag.name: tag for tag in session.scalars(select(Tag).where(Tag.name.in_(names)))}
    missing = [name for name in names if name not in known]
    if missing:
        decision = policy.decide(by, "create_tag", None, now)
        if not decision.allowed:
            raise Invalid({"tags": f"There is no tag “{missing[0]}” here. {decision.reason}"})
        # Somebody else may be making the same tag now: whoever comes second waits, and takes that one.
        insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
        rows = [{"name": name, "created_at": now, "description": "", "question_count": 0} for name in sorted(missing)]
        session.execute(insert(Tag).values(rows).on_conflict_do_nothing())
        known |= {tag.name: tag for tag in session.scalars(select(Tag).where(Tag.name.in_(missing)))}
    return [known[name] for name in names]


def of_question(session: Session, question_id: int) -> list[Tag]:
    """The question's tags in the order they were typed."""
    return list(
        session.scalars(
            select(Tag)
            .join(QuestionTag, QuestionTag.tag_id == Tag.id)
            .where(QuestionTag.question_id == question_id)
            .order_by(QuestionTag.position)
        )
    )


def count(session: Session, tag_ids: Iterable[int], change: int) -> None:
    """Move the tags' question counts; in the order of their ids, so that two verbs never wait for each other crosswise."""
    for tag_id in sorted(tag_ids):
        session.execute(update(Tag).where(Tag.id == tag_id).values(question_count=Tag.question_count + change))
