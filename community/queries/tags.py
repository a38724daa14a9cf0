"""Tags: the index of all of them, and one tag's page with its questions, its policy and its experts."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, select
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.db import db
from app.errors import NotFound
from app.pages import FRONT, TAGS, person_key
from community import policy
from community.lifecycle import DEFAULT_GRACE_DAYS, DEFAULT_INTERVAL_DAYS, DEFAULT_LONGEST_DAYS
from community.models import Expertise, Question, QuestionTag, Tag
from community.queries import pager
from community.queries.addresses import tag_url
from community.queries.list_statements import TABS
from community.queries.lists import Listed, listed
from community.queries.pager import Place
from community.queries.shared import Person, Row, TabLink, day, person
from community.tags import DEFAULT_VERIFIERS, LONGEST_TAG

_into = aliased(Tag)
_tags, _links = Tag.__table__.c, QuestionTag.__table__.c

PAGE = 60
"""Tags on one page of the index."""
FIRST = "active"
"""The tab a tag's page opens with: who comes by a tag wants to see what there is."""
FEW = 5_000
"""Up to so many questions, those under a tag are gathered and put in order; beyond it the whole forum's order is followed and
what is not under the tag passed over. About where both cost the same in a forum of a million questions."""


class Merged(NotFound):
    """The tag was merged into another, `into` by name."""

    def __init__(self, into: str) -> None:
        super().__init__(f"This tag is “{into}” now.")
        self.into = into


@dataclass(frozen=True, slots=True)
class TagPolicy:
    """How long answers under a tag stay current, in words."""

    interval: str
    after: str
    checks: str
    is_own: bool
    """The tag has an interval of its own, or its dates are not set by the belief."""


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag in the index."""

    name: str
    url: str
    description: str
    questions: int
    policy: TagPolicy


@dataclass(frozen=True, slots=True)
class TagsPage:
    """The index: the most used first."""

    wanted: str
    """What the names were filtered by."""
    rows: tuple[TagRow, ...]
    newer: str | None
    older: str | None
    is_lost: bool


@dataclass(frozen=True, slots=True)
class TagPage:
    """One tag."""

    name: str
    url: str
    description: str
    questions: int
    policy: TagPolicy
    experts: tuple[Person, ...]
    tab: str
    tabs: tuple[TabLink, ...]
    listed: Listed
    newer: str | None
    older: str | None
    can_set_policy: bool
    depends_on: frozenset[str]
    valid_until: datetime | None

    @property
    def rows(self) -> list[Row]:
        return list(self.listed.rows)


def tags_page(wanted: str, where: Place[int] | None) -> TagsPage:
    """Tags whose name has `wanted` in it, the most used first. One statement."""
    wanted = wanted.strip().lower()[:LONGEST_TAG]
    query = select(Tag.id, Tag.name, Tag.description, Tag.question_count, *_POLICY).where(Tag.merged_into_id.is_(None))
    if wanted:
        query = query.where(Tag.name.contains(wanted, autoescape=True))
    behind = pager.edge() if where is not None else None
    back = where is not None and where.back
    statement = pager.turned(query, _tags.question_count, _tags.id, behind, size=PAGE, back=back)
    found = db.session.connection().execute(statement, pager.values(where)).all()
    turned = pager.cut(found, where, PAGE, lambda row: pager.number_cursor(row.question_count, row.id))
    return TagsPage(
        wanted=wanted,
        rows=tuple(
            TagRow(row.name, tag_url(row.name), row.description, row.question_count, policy_of(row)) for row in turned.rows
        ),
        newer=pager.address("/tags", q=wanted, before=turned.back) if turned.back else None,
        older=pager.address("/tags", q=wanted, after=turned.onward) if turned.onward else None,
        is_lost=pager.is_lost(turned, where),
    )


def tag_page(name: str, tab: str, where: Place[datetime] | None, viewer: User | None, now: datetime) -> TagPage:
    """A tag with a page of its questions. Three statements. Raises NotFound, and Merged where its name leads to another."""
    tag = db.session.connection().execute(_tag(), {"name": name}).first()
    if tag is None:
        raise NotFound(f"There is no tag “{name[:LONGEST_TAG]}” here.")
    if tag.merged_into is not None:
        raise Merged(tag.merged_into)
    tab = tab if tab in TABS else FIRST
    shown = listed(tab, where, now, _among_few if tag.question_count <= FEW else _among_many, tag_id=tag.id)
    experts = db.session.connection().execute(_experts(), {"tag_id": tag.id, "now": now}).all()
    url, path_of = tag_url(tag.name), {"tab": "" if tab == FIRST else tab}
    ends = [shown.valid_until, *(expert.expires_at for expert in experts)]
    return TagPage(
        name=tag.name,
        url=url,
        description=tag.description,
        questions=tag.question_count,
        policy=policy_of(tag),
        experts=tuple(person(row.id, row.name, row.avatar_url, row.role, row.reputation) for row in experts),
        tab=tab,
        tabs=_tabs(url, tab),
        listed=shown,
        newer=pager.address(url, **path_of, after=shown.page.back) if shown.page.back else None,
        older=pager.address(url, **path_of, before=shown.page.onward) if shown.page.onward else None,
        can_set_policy=policy.can(viewer, "set_policy", None, now),
        depends_on=shown.depends_on | {FRONT, TAGS, *(person_key(row.id) for row in experts)},
        valid_until=min((end for end in ends if end is not None), default=None),
    )


def _tabs(url: str, shown: str) -> tuple[TabLink, ...]:
    """As on the front page, the one that the page opens with first."""
    names = sorted(TABS, key=lambda name: name != FIRST)
    return tuple((pager.address(url, tab="" if name == FIRST else name), TABS[name].words, None, name == shown) for name in names)


_POLICY = (Tag.freshness, Tag.permanent_until, Tag.interval_days, Tag.grace_days, Tag.verifiers_needed)


def policy_of(tag: Any) -> TagPolicy:  # noqa: ANN401 - a row with the columns of `_POLICY`
    """What a tag asks for, with the site's defaults where it says nothing itself."""
    grace = tag.grace_days if tag.grace_days is not None else DEFAULT_GRACE_DAYS
    verifiers = tag.verifiers_needed if tag.verifiers_needed is not None else DEFAULT_VERIFIERS
    return TagPolicy(
        interval=_interval(tag),
        after=f"after that they are shown with a warning for {days(grace)}" if grace else "after that they expire at once",
        checks="one person has to find an answer right" if verifiers == 1 else f"{verifiers} people have to find an answer right",
        is_own=tag.interval_days is not None or tag.freshness != "belief",
    )


def _interval(tag: Any) -> str:  # noqa: ANN401 - as above
    own = tag.interval_days
    if tag.freshness == "plain":
        return f"answers stay current for {days(own if own is not None else DEFAULT_INTERVAL_DAYS)}"
    if tag.freshness == "permanent" and tag.permanent_until is not None:
        return f"answers stay current until {day(tag.permanent_until)} without checks, to measure what checks are worth"
    longest = own if own is not None else DEFAULT_LONGEST_DAYS
    return f"answers stay current while they are likely right, at most for {days(longest)}"


def days(number: int) -> str:
    """A number of days in words."""
    return "1 day" if number == 1 else f"{number} days"


@cache
def _tag() -> Select[*tuple[Any, ...]]:
    return (
        select(Tag.id, Tag.name, Tag.description, Tag.question_count, _into.name.label("merged_into"), *_POLICY)
        .outerjoin(_into, _into.id == Tag.merged_into_id)
        .where(Tag.name == bindparam("name"))
    )


@cache
def _experts() -> Select[*tuple[Any, ...]]:
    return (
        select(User.id, User.name, User.avatar_url, User.role, User.reputation, Expertise.expires_at)
        .join(Expertise, Expertise.user_id == User.id)
        .where(Expertise.tag_id == bindparam("tag_id"), Expertise.expires_at > bindparam("now", type_=Expertise.expires_at.type))
        .order_by(User.reputation.desc(), User.id)
    )


def _among_few() -> ColumnElement[bool]:
    return Question.__table__.c.id.in_(select(_links.question_id).where(_links.tag_id == bindparam("tag_id")))


def _among_many() -> ColumnElement[bool]:
    return exists().where(_links.question_id == Question.__table__.c.id, _links.tag_id == bindparam("tag_id"))
