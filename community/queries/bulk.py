"""The page for changing many answers at once: what was typed, what it means, and what was decided so far."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from app.accounts.models import User
from app.db import db
from app.errors import Invalid
from app.rendering import name_key
from community.freshness import releases
from community.freshness.bulk import SPREAD_DAYS, Act, Chosen, Preview
from community.models import BulkChange, Release, Tag
from community.queries.shared import Person, person

LATEST = 10
"""Changes that the page lists."""
LARGEST = 2**31 - 1
FIELDS = ("tag", "release", "author", "state", "act", "spread_days", "to", "reason")
ACTS = {
    "check": (
        "Have them checked",
        "Fresh ones fall due, spread over some days. The others wait to be checked already.",
    ),
    "archive": ("Archive them", "They collapse and leave search, with your reason. Each can be brought back."),
    "transfer": ("Hand them to another account", "For people who leave. Dates stay, and so do the points of who earned them."),
}
STATES = {"": "any", "fresh": "fresh", "due": "due", "expired": "expired"}
DONE = {"check": "to be checked", "archive": "to be archived", "transfer": "to be handed over"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed, understood."""

    chosen: Chosen
    act: Act
    words: str
    """Which answers, after "answers": "under router, fresh"."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a preview says, in words."""

    hours: str
    """As "6 hours", or "20 minutes"."""
    minutes: str
    is_timed: bool
    days: int | None
    """Of the verifiers' usual pace; None where nobody has checked anything lately."""
    pace: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A change that somebody decided."""

    by: Person
    words: str
    reason: str
    at: datetime
    answers: int
    changed: int
    is_done: bool


def wish(values: Mapping[str, str], now: datetime) -> Wish:
    """What was typed, with the tag, the author and the release it names. Raises Invalid for what is not there."""
    given = {name: values.get(name, "").strip() for name in FIELDS}
    wrong: dict[str, str] = {}
    tag = db.session.scalars(select(Tag).where(Tag.name == given["tag"].lower())).one_or_none() if given["tag"] else None
    if given["tag"] and tag is None:
        wrong["tag"] = f"There is no tag “{given['tag'][:60]}” here."
    author, to = (_account(given[name], name, wrong) for name in ("author", "to"))
    spread = given["spread_days"]
    if spread and not (spread.isdecimal() and len(spread) < 5):  # noqa: PLR2004 - more digits are no number of days
        wrong["spread_days"] = "Give a whole number of days."
    if wrong:
        raise Invalid(wrong)
    release_id = releases.find(db.session(), given["release"]) if given["release"] else None
    words = [
        f"under {tag.name}" if tag else "",
        f"by {author.name}" if author else "",
        f"of {given['release']}" if given["release"] else "",
        f"that are {given['state']}" if given["state"] else "",
        f", {DONE.get(given['act'], '')}",
        f" by {to.name}" if to and given["act"] == "transfer" else "",
    ]
    return Wish(
        Chosen(
            tag.id if tag else None,
            author.id if author else None,
            release_id,
            "" if release_id else given["release"],
            given["state"],
        ),
        Act(given["act"], int(spread) if spread else SPREAD_DAYS, given["reason"], to.id if to else None),
        " ".join(part for part in words if part).replace(" ,", ",").replace("  ", " "),
    )


def cost(found: Preview, act: Act) -> Cost:
    """What a preview costs the verifiers: the checks that it adds."""
    checks = found.fresh if act.name == "check" else 0
    minutes = checks * found.minutes
    hours = f"{minutes / 60:,.0f} hours" if minutes >= 90 else f"{minutes:,.0f} minutes"  # noqa: PLR2004 - up to an hour and a half
    return Cost(
        hours,
        f"{found.minutes:.0f}" if found.minutes >= 1 else "less than 1",
        found.is_timed,
        math.ceil(checks / found.pace) if found.pace else None,
        f"{found.pace:.1f}".removesuffix(".0"),
    )


def decided() -> tuple[Decided, ...]:
    """The latest changes. One statement."""
    rows = db.session.execute(
        select(BulkChange, User).join(User, User.id == BulkChange.by_id).order_by(BulkChange.id.desc()).limit(LATEST)
    )
    return tuple(
        Decided(
            person(by.id, by.name, by.avatar_url, by.role),
            found.words,
            found.reason,
            found.at,
            found.answers,
            found.changed,
            found.done_at is not None,
        )
        for found, by in rows
    )


def suggestions() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of tags and of releases. Two statements."""
    tags = select(Tag.name).where(Tag.merged_into_id.is_(None)).order_by(Tag.question_count.desc(), Tag.id).limit(200)
    named = select(Release.name).where(Release.cancelled_at.is_(None)).order_by(Release.id.desc()).limit(50)
    return tuple(db.session.scalars(tags)), tuple(db.session.scalars(named))


def _account(text: str, field: str, wrong: dict[str, str]) -> User | None:
    """By number, by the address of their page, or by a name that only one person has."""
    if not text:
        return None
    number = re.fullmatch(r"(?:.*/people/)?(\d{1,10})(?:[/?#].*)?", text)
    if number and int(number[1]) <= LARGEST:
        found = db.session.get(User, int(number[1]))
    else:
        named = select(User).where(or_(User.name_key == name_key(text), User.name == text)).limit(2)
        people = db.session.scalars(named).all()
        found = people[0] if len(people) == 1 else None
    if found is None:
        wrong[field] = "Nobody here has this name alone: give the number or the address of their page."
    return found
