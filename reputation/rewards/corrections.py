"""What became of closed periods since: what was reversed or reinstated is settled in the next one.

An account that took others over stands for all of them: what moved between them is no news, what is taken back of it later is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from reputation.rewards import earnings, taper
from reputation.rewards.earnings import ByReason, Cut, Span
from reputation.rewards.models import RewardAdjustment, RewardClaim, RewardPeriod, RewardStatement
from reputation.rewards.taper import Tally, Terms


@dataclass(frozen=True)
class Correction:
    """An earlier period came to something else than it was settled with."""

    about_period_id: int
    points: int
    amount: int


@dataclass(frozen=True)
class Mergers:
    """Who stands for whom, as it was at a moment."""

    into: Mapping[int, int] = field(default_factory=dict)
    """Merged account → the one that stands for it, however many mergers lie between."""

    def family(self, user_id: int) -> list[int]:
        """Whom an account stands for, itself first; nobody where another one stands for it."""
        if user_id in self.into:
            return []
        return [user_id, *(one for one, other in self.into.items() if other == user_id)]


@dataclass
class _Booked:
    """What a period was corrected by so far, and up to where the ledger was read for it."""

    points: int = 0
    amount: int = 0
    cut: Cut | None = None

    def add(self, points: int, amount: int, cut: Cut) -> None:
        self.points, self.amount = self.points + points, self.amount + amount
        self.cut = cut if self.cut is None or self.cut.before < cut.before else self.cut


def cut_of(period: RewardPeriod) -> Cut:
    """Where the ledger was cut when a period was closed."""
    if period.cutoff_at is None or period.through_id is None:
        raise AssertionError("this period was never cut off")
    return Cut(period.cutoff_at, period.through_id)


def mergers(session: Session, before: datetime) -> Mergers:
    """Every account that was merged before a moment. An admin merges accounts by hand, so they are few."""
    merged = select(User.id, User.merged_into_id).where(User.merged_into_id.is_not(None), User.closed_at < before)
    into = {one: other for one, other in session.execute(merged.order_by(User.id)) if other is not None}
    return Mergers({one: _last(into, one) for one in into})


def _last(into: Mapping[int, int], one: int) -> int:
    while one in into:
        one = into[one]
    return one


def correction(
    session: Session, period: RewardPeriod, terms: Terms, user_ids: Collection[int], cut: Cut, before: int | None = None
) -> dict[int, Correction]:
    """What a closed period comes to now for these people, less what it was settled with and has been corrected by so far (by
    adjustments numbered under `before`, if given). Who comes to the same, was excluded, or was merged is left out.

    No more is taken than was given: what has lapsed by the cut, untaken or below the minimum, is not owed as well."""
    standing = mergers(session, cut.before)
    families = {user_id: family for user_id in user_ids if (family := standing.family(user_id))}
    everybody = sorted({one for family in families.values() for one in family})
    settled = {row.user_id: row for row in session.scalars(_statements(period, everybody))}
    booked = _booked(session, period, families, before)
    lapsed = _lapsed(session, settled, cut)
    now = _as_it_is(session, period, families, booked, cut)
    found = {}
    for user_id, family in families.items():
        first = [settled[one] for one in family if one in settled]
        if first and all(row.excluded for row in first):
            continue
        was = _sum({reason: Tally(*numbers) for reason, numbers in row.tallies.items()} for row in first)
        so_far = booked[user_id]
        had = taper.earned(was, terms) + so_far.amount
        given = had - sum(lapsed[row.user_id] for row in first)
        amount = max(taper.earned(now[user_id], terms) - had, min(0, -given))
        moved = taper.points_of(now[user_id], terms) - taper.points_of(was, terms) - so_far.points
        if amount or moved:
            found[user_id] = Correction(period.id, moved, amount)
    return found


def of_earlier(
    session: Session, earlier: Sequence[tuple[RewardPeriod, Terms]], ids: Collection[int], began: RewardPeriod, cut: Cut
) -> dict[int, list[Correction]]:
    """What was changed in earlier periods (the latest first) since the one before `began` was cut off, for whom it concerns."""
    if not earlier or not ids:
        return {}
    standing = mergers(session, cut.before)
    stands_for = {one: user_id for user_id in ids for one in standing.family(user_id)}
    since = cut_of(earlier[0][0])
    changed = session.execute(earnings.corrected(list(stands_for), began.starts_on, since, cut)).all()
    found: dict[int, list[Correction]] = defaultdict(list)
    for period, terms in reversed(earlier):
        concerned = {stands_for[one] for one, day in changed if period.starts_on <= day <= period.ends_on}
        for user_id, one in correction(session, period, terms, sorted(concerned), cut).items() if concerned else ():
            found[user_id].append(one)
    return found


def _statements(period: RewardPeriod, user_ids: Collection[int]) -> Select[RewardStatement]:
    wanted = select(RewardStatement).where(RewardStatement.period_id == period.id, RewardStatement.user_id.in_(user_ids))
    return wanted.execution_options(populate_existing=True)


def _lapsed(session: Session, settled: Mapping[int, RewardStatement], cut: Cut) -> dict[int, int]:
    """What of each person's earnings was lost by the cut: at the closing, or since nobody took it."""
    numbers = [row.id for row in settled.values()]
    expired = select(RewardClaim.statement_id, RewardClaim.amount).where(
        RewardClaim.statement_id.in_(numbers), RewardClaim.state == "expired", RewardClaim.told_at < cut.before
    )
    untaken = dict(session.execute(expired).all())
    return {one: min(row.earned, row.lapsed + untaken.get(row.id, 0)) for one, row in settled.items()}


def _booked(
    session: Session, period: RewardPeriod, families: Mapping[int, Collection[int]], before: int | None
) -> dict[int, _Booked]:
    stands_for = {one: user_id for user_id, family in families.items() for one in family}
    about = select(RewardAdjustment).where(
        RewardAdjustment.about_period_id == period.id, RewardAdjustment.user_id.in_(list(stands_for))
    )
    if before is not None:
        about = about.where(RewardAdjustment.id < before)
    found: dict[int, _Booked] = defaultdict(_Booked)
    for row in session.scalars(about):
        found[stands_for[row.user_id]].add(row.points, row.amount, Cut(row.cutoff_at, row.through_id))
    return found


def _as_it_is(
    session: Session,
    period: RewardPeriod,
    families: Mapping[int, Collection[int]],
    booked: Mapping[int, _Booked],
    cut: Cut,
) -> dict[int, ByReason]:
    """What the period comes to at the cut. Where a correction was booked by a later one, as at a release a moment before a period
    is closed, it is read up to there: else what was taken then would be given back now."""
    at: dict[Cut, list[int]] = defaultdict(list)
    for user_id in families:
        known = booked[user_id].cut
        at[known if known is not None and known.before > cut.before else cut].append(user_id)
    found: dict[int, ByReason] = {}
    for up_to, some in at.items():
        people = [one for user_id in some for one in families[user_id]]
        tallies = earnings.tallies(session, people, Span(period.starts_on, period.ends_on, up_to, cut_of(period)))
        for user_id in some:
            found[user_id] = _sum(tallies.get(one, {}) for one in families[user_id])
    return found


def _sum(tallies: Iterable[ByReason]) -> ByReason:
    found: ByReason = {}
    for one in tallies:
        for reason, tally in one.items():
            found[reason] = found.get(reason, Tally()) + tally
    return found
