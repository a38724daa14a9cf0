"""The pages of releases: what changed, and how many answers were checked since."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select

from app.accounts.models import User
from app.db import db
from app.errors import NotFound
from app.pages import RELEASES, person_key
from community import policy
from community.freshness import impact, releases
from community.models import Release, ReleaseTag, Tag
from community.queries.addresses import tag_url
from community.queries.shared import Person, person

MOST = 100
"""Releases on the list; the latest."""
SIZES = {"small": "Small", "medium": "Medium", "large": "Large"}
HINTS = {"small": "A fix or two", "medium": "Menus or terms moved", "large": "Much works differently"}
"""What a size means, for who announces."""


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release, and what came of it."""

    id: int
    name: str
    url: str
    note: str
    on_day: date
    size: str
    """As "medium"."""
    percent: str
    """The chance, in per cent, that it made a right answer wrong, as estimated when it was announced."""
    spread_days: int
    state: str
    """"coming", "under way", "applied" or "cancelled"."""
    weighed: int
    """Answers that grew doubtful by it."""
    checked: int
    wrong: int
    tags: tuple[tuple[str, str], ...]
    """Pairs of name and address."""


@dataclass(frozen=True, slots=True)
class ReleasesPage:
    """All releases, those to come apart."""

    coming: tuple[ReleaseRow, ...]
    past: tuple[ReleaseRow, ...]
    can_announce: bool
    depends_on: frozenset[str]
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """One release."""

    release: ReleaseRow
    by: Person | None
    announced_at: datetime
    can_cancel: bool
    depends_on: frozenset[str]
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class SizeChoice:
    """What a size means, with what was learned about it."""

    key: str
    words: str
    hint: str


def releases_page(viewer: User | None, now: datetime) -> ReleasesPage:
    """The latest releases. Two statements."""
    latest = select(Release).where(Release.cancelled_at.is_(None)).order_by(Release.on_day.desc(), Release.id.desc()).limit(MOST)
    rows = _rows(latest, now)
    coming = tuple(sorted((row for row in rows if row.state == "coming"), key=lambda row: (row.on_day, row.id)))
    return ReleasesPage(
        coming=coming,
        past=tuple(row for row in rows if row.state != "coming"),
        can_announce=policy.can(viewer, "announce_release", None, now),
        depends_on=frozenset({RELEASES}),
        valid_until=releases.begins(coming[0].on_day) if coming else None,
    )


def release_page(release_id: int, viewer: User | None, now: datetime) -> ReleasePage:
    """One release. Three statements. Raises NotFound."""
    rows = _rows(select(Release).where(Release.id == release_id), now)
    if not rows:
        raise NotFound("There is no such release.")
    release = db.session.get_one(Release, release_id)
    by = db.session.get(User, release.announced_by_id) if release.announced_by_id else None
    begun = release.cursor > 0 or release.applied_at is not None or release.cancelled_at is not None
    return ReleasePage(
        release=rows[0],
        by=person(by.id, by.name, by.avatar_url, by.role) if by else None,
        announced_at=release.announced_at,
        can_cancel=not begun and policy.can(viewer, "announce_release", None, now),
        depends_on=frozenset({RELEASES} | ({person_key(by.id)} if by else set())),
        valid_until=releases.begins(release.on_day) if rows[0].state == "coming" else None,
    )


def sizes() -> tuple[SizeChoice, ...]:
    """The sizes with what verifications have taught about each. One statement."""
    found = []
    for key, known in impact.estimates(db.session()).items():
        checks = f"from {known.checked} {'check' if known.checked == 1 else 'checks'}" if known.checked else "not measured yet"
        words = f"{HINTS[key]}: about {percent(known.kappa)} % of right answers become wrong, {checks}"
        found.append(SizeChoice(key, SIZES[key], words))
    return tuple(found)


def tag_names() -> tuple[str, ...]:
    """Names to suggest: the most used. One statement."""
    used = select(Tag.name).where(Tag.merged_into_id.is_(None)).order_by(Tag.question_count.desc(), Tag.id).limit(200)
    return tuple(db.session.scalars(used))


def percent(share: float) -> str:
    """In whole per cent, with one place below ten."""
    return f"{100 * share:.0f}" if share >= 0.1 else f"{100 * share:.1f}".removesuffix(".0")  # noqa: PLR2004 - as it says


def _rows(found: Select[Release], now: datetime) -> list[ReleaseRow]:
    listed = list(db.session.scalars(found))
    of_these = select(ReleaseTag.release_id, Tag.name).join(Tag, Tag.id == ReleaseTag.tag_id).order_by(Tag.name)
    tags: dict[int, list[tuple[str, str]]] = {release.id: [] for release in listed}
    for release_id, name in db.session.execute(of_these.where(ReleaseTag.release_id.in_(tags))) if tags else ():
        tags[release_id].append((name, tag_url(name)))
    return [
        ReleaseRow(
            id=release.id,
            name=release.name,
            url=f"/releases/{release.id}",
            note=release.note,
            on_day=release.on_day,
            size=release.impact,
            percent=percent(release.kappa),
            spread_days=release.spread_days,
            state=_state(release, now),
            weighed=release.weighed,
            checked=release.checked,
            wrong=release.gone_wrong,
            tags=tuple(tags[release.id]),
        )
        for release in listed
    ]


def _state(release: Release, now: datetime) -> str:
    if release.cancelled_at is not None:
        return "cancelled"
    if release.applied_at is not None:
        return "applied"
    return "under way" if release.cursor > 0 or releases.begins(release.on_day) <= now else "coming"
