"""The file for finance: what members chose, once each, with totals and a checksum."""

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, NotFound
from reputation.rewards import holds, money, periods
from reputation.rewards.models import RewardClaim, RewardExport, RewardPeriod

HEADING = ("claim", "person", "name", "email", "way", "charity", "currency", "amount", "match", "paid_on", "reference")
"""The columns; the last two are for finance to fill in, and are read back."""
TOTAL, CHECKSUM = "total", "sha256"
"""What begins the lines that are no claims."""
_FORMULA = re.compile(r"(?:^|[;\t]\s*)(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])")
"""Where a text, which may be somebody's name, begins as a spreadsheet's formula does: at its beginning, or after what ends a cell
where a comma does not; in wide letters too."""
PART = 1000


def export(period_id: int, *, by: User, now: datetime) -> int:
    """Hand what was chosen in a closed period, and is not held, to finance; returns the file's number. Each claim is in one file.

    Raises NotFound, and Conflict when the period is not closed or nothing waits.
    """
    with transaction() as session:
        period = periods.find(session, period_id)
        if period.state != "closed":
            raise Conflict("Close the period first.")
        waiting = select(RewardClaim.user_id).where(
            RewardClaim.period_id == period_id, RewardClaim.state == "chosen", RewardClaim.held_at.is_(None)
        )
        held = _held(session.scalars(waiting).all())
        number = session.execute(
            insert(RewardExport)
            .values(period_id=period_id, by_id=by.id, at=now, claims=0, total=0, matched=0, body="", checksum="")
            .returning(RewardExport.id)
        ).scalar_one()
        taken = (
            update(RewardClaim)
            .where(RewardClaim.period_id == period_id, RewardClaim.state == "chosen", RewardClaim.held_at.is_(None))
            .values(state="exported", export_id=number)
            .returning(RewardClaim.statement_id)
            .execution_options(synchronize_session=False)
        )
        if held:
            taken = taken.where(RewardClaim.user_id.not_in(held))
        if not session.execute(taken).all():
            raise Conflict("Nothing waits to be paid: nobody has chosen since the last file, or what they chose is held.")
        _fill(session, number, period)
        return number


def find(session: Session, export_id: int) -> RewardExport:
    """A file as it was made. Raises NotFound."""
    found = session.get(RewardExport, export_id)
    if found is None:
        raise NotFound("There is no such file.")
    return found


def checksum_of(body: str) -> str:
    """SHA-256 of a file before the line that says it."""
    return hashlib.sha256(body.encode()).hexdigest()


def _held(user_ids: Sequence[int]) -> list[int]:
    return [one for start in range(0, len(user_ids), PART) for one in holds.held(user_ids[start : start + PART])]


def _fill(session: Session, number: int, period: RewardPeriod) -> None:
    """Write the file's lines, its totals by way of taking, and the checksum of all of that."""
    currency = periods.plan_of(session, period).currency
    rows = session.execute(
        select(RewardClaim, User.name, User.email)
        .join(User, User.id == RewardClaim.user_id)
        .where(RewardClaim.export_id == number)
        .order_by(RewardClaim.statement_id)
        .execution_options(populate_existing=True)
    ).all()
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADING)
    for claim, name, email in rows:
        texts = map(harmless, (name, email or "", claim.way, claim.charity))
        amounts = (money.plain(claim.amount, currency), money.plain(claim.matched, currency))
        writer.writerow((claim.statement_id, claim.user_id, *texts, currency, *amounts, "", ""))
    claims = [row[0] for row in rows]
    for way in sorted({claim.way for claim in claims}):
        writer.writerow(_total([claim for claim in claims if claim.way == way], way, currency))
    writer.writerow(_total(claims, "", currency))
    body = out.getvalue()
    digest = checksum_of(body)
    session.execute(
        update(RewardExport)
        .where(RewardExport.id == number)
        .values(
            claims=len(claims),
            total=sum(claim.amount for claim in claims),
            matched=sum(claim.matched for claim in claims),
            body=f"{body}{CHECKSUM},{digest}\r\n",
            checksum=digest,
        )
        .execution_options(synchronize_session=False)
    )


def _total(claims: Sequence[RewardClaim], way: str, currency: str) -> tuple[str | int, ...]:
    amount = money.plain(sum(claim.amount for claim in claims), currency)
    matched = money.plain(sum(claim.matched for claim in claims), currency)
    return (TOTAL, len(claims), "", "", way, "", currency, amount, matched, "", "")


def harmless(text: str) -> str:
    """A text that a spreadsheet takes for no formula: before such a one stands an apostrophe, and a line break is a space."""
    text = " ".join(text.splitlines()) if "\n" in text or "\r" in text else text
    return _FORMULA.sub(r"\g<0>'", text)
