"""Tags: names, finding or making them, and the freshness policy that several of them make together."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import insert_into
from app.errors import Invalid
from community import policy
from community.lifecycle import DEFAULT_GRACE_DAYS, DEFAULT_INTERVAL_DAYS, DEFAULT_LONGEST_DAYS, LONGEST_INTERVAL_DAYS
from community.models import Question, QuestionTag, Tag
from community.models.tag import UNKNOWN_CHANGE_RATE

MOST_TAGS = 5
"""How many tags a question can have."""
LONGEST_TAG = 35
"""Characters in a tag's name."""
DEFAULT_VERIFIERS = 1
"""How many people have to find an answer right."""

_NAME = re.compile(r"[^\W_](?:[^\W_]|[+#.-])*")


@dataclass(frozen=True)
class Policy:
    """What a question's tags ask for its answers. Days, people, and wrong answers per day."""

    interval_days: int = DEFAULT_LONGEST_DAYS
    """The longest that an answer stays current; where `freshness` is "plain", how long it does."""
    grace_days: int = DEFAULT_GRACE_DAYS
    verifiers_needed: int = DEFAULT_VERIFIERS
    freshness: str = "belief"
    permanent_until: datetime | None = None
    change_rate: float = UNKNOWN_CHANGE_RATE


def strictest(tags: Iterable[Tag]) -> Policy:
    """The policy of a question with these tags: the shortest interval and grace, the most verifiers, the fastest rate of
    change. A tag without its own value counts with the site's default only where no other tag sets one.

    Permanence is the least strict, so it holds only where all tags are run so, and until the first of them ends. A plain
    interval is the answer's date only where no tag goes by belief; else it is a limit to what is believed.
    """
    found = list(tags)
    kinds = {tag.freshness for tag in found}
    intervals = [tag.interval_days for tag in found if tag.interval_days is not None]
    default = DEFAULT_LONGEST_DAYS
    if "plain" in kinds:
        default = DEFAULT_INTERVAL_DAYS
    graces = [tag.grace_days for tag in found if tag.grace_days is not None]
    verifiers = [tag.verifiers_needed for tag in found if tag.verifiers_needed is not None]
    ends = [tag.permanent_until for tag in found if tag.permanent_until is not None]
    return Policy(
        min(min(intervals, default=default), LONGEST_INTERVAL_DAYS),
        min(graces, default=DEFAULT_GRACE_DAYS),
        max(verifiers, default=DEFAULT_VERIFIERS),
        _freshness(kinds),
        min(ends, default=None) if kinds == {"permanent"} else None,
        max((tag.change_rate for tag in found), default=UNKNOWN_CHANGE_RATE),
    )


def _freshness(kinds: set[str]) -> str:
    if kinds == {"permanent"}:
        return "permanent"
    return "plain" if "plain" in kinds and "belief" not in kinds else "belief"


def apply(question: Question, rules: Policy) -> None:
    """Put the policy into the question's row, where its answers' dates find it."""
    question.interval_days, question.grace_days = rules.interval_days, rules.grace_days
    question.verifiers_needed, question.freshness = rules.verifiers_needed, rules.freshness
    question.permanent_until, question.change_rate = rules.permanent_until, rules.change_rate


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
        rows = [{"name": name, "created_at": now, "description": "", "question_count": 0} for name in sorted(missing)]
        session.execute(insert_into(session, Tag).values(rows).on_conflict_do_nothing())
        known |= {tag.name: tag for tag in session.scalars(select(Tag).where(Tag.name.in_(missing)))}
    return _merged(session, [known[name] for name in names])


def _merged(session: Session, found: Sequence[Tag]) -> list[Tag]:
    """The tags, each once, with the one that took its place where a tag was merged into another."""
    into = {tag.merged_into_id for tag in found if tag.merged_into_id is not None}
    places = {tag.id: tag for tag in session.scalars(select(Tag).where(Tag.id.in_(into)))} if into else {}
    return list({tag.id: tag for tag in (places.get(tag.merged_into_id or 0, tag) for tag in found)}.values())


def names_of(session: Session, question_id: int) -> list[str]:
    """The names of the question's tags in the order they were typed."""
    return list(
        session.scalars(
            select(Tag.name)
            .join(QuestionTag, QuestionTag.tag_id == Tag.id)
            .where(QuestionTag.question_id == question_id)
            .order_by(QuestionTag.position)
        )
    )


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
