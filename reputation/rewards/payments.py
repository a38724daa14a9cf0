"""What finance says was paid: a file whose every line is looked at before anything is written; all of it or nothing, and again is
no harm."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.days import day_of
from app.db import transaction
from app.errors import Invalid
from reputation.rewards import money
from reputation.rewards.exporting import CHECKSUM, TOTAL
from reputation.rewards.models import RewardClaim, RewardPayment, RewardPeriod, RewardPlan

NEEDED = ("claim", "amount", "currency", "paid_on", "reference")
"""The columns that are read, in any order; others are passed over, so that the file that went out can come back filled in."""
LONGEST_REFERENCE = 200
MOST_LINES = 200_000
MOST_SHOWN = 200
"""Errors that are said; how many more there are is said too."""
PART = 500
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Line:
    """One payment, as the file says it."""

    number: int
    """Its line in the file, the heading being the first."""
    claim: int
    amount: int
    currency: str
    paid_on: date
    reference: str


@dataclass(frozen=True)
class Imported:
    """What came of a file."""

    paid: int
    known: int
    """Payments that had been told before."""


def import_paid(text: str, *, by: User, now: datetime) -> Imported:
    """Write down what was paid. A line that was told before, just so, changes nothing.

    Refuses (Invalid, field `file`, a line of words each) the whole file while any line of it is wrong: an unknown claim, one
    that has not gone to finance, another amount or currency than it has, a day that is none or has not come, no reference, a
    claim that stands there twice or was paid otherwise before.
    """
    lines, wrong = _read(text, day_of(now))
    with transaction() as session:
        known = _claims(session, [line.claim for line in lines])
        new, again = [], 0
        for line in lines:
            problem, is_told = _compare(line, known.get(line.claim))
            if problem:
                wrong.append((line.number, problem))
            elif is_told:
                again += 1
            else:
                new.append(line)
        if wrong:
            raise Invalid({"file": _said(wrong)})
        for start in range(0, len(new), PART):
            _write(session, new[start : start + PART], by, now)
        return Imported(len(new), again)


def _read(text: str, today: date) -> tuple[list[Line], list[tuple[int, str]]]:
    """The payments of a file, and what is wrong with others of its lines."""
    text = text.removeprefix("\ufeff")
    heading, _, _ = text.partition("\n")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if heading.count(";") > heading.count(",") else ",")
    lines: list[Line] = []
    wrong: list[tuple[int, str]] = []
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
        missing = [name for name in NEEDED if name not in names]
        if missing:
            return [], [(1, f"The first line has to name the columns; {', '.join(missing)} is not there.")]
        seen: dict[int, int] = {}
        for cells in reader:
            number = reader.line_num
            if not any(cell.strip() for cell in cells) or cells[0].strip() in (TOTAL, CHECKSUM):
                continue
            if len(lines) + len(wrong) >= MOST_LINES:
                return [], [(number, f"A file can have {MOST_LINES:,} lines; send it in parts.")]
            found = _line(number, dict(zip(names, cells, strict=False)), today)
            if isinstance(found, Line) and found.claim in seen:
                found = f"Claim {found.claim} stands in line {seen[found.claim]} already."
            if isinstance(found, Line):
                seen[found.claim] = number
                lines.append(found)
            else:
                wrong.append((number, found))
    except csv.Error as error:
        wrong.append((reader.line_num, f"This is no table: {error}."))
    if not lines and not wrong:
        wrong.append((1, "There is no payment in this file."))
    return lines, wrong


def _line(number: int, cells: Mapping[str, str], today: date) -> Line | str:
    """A payment, or everything that is wrong with it in words."""
    claim, currency = cells.get("claim", "").strip(), cells.get("currency", "").strip()
    reference = cells.get("reference", "").strip()
    wrong, amount, paid_on = [], 0, today
    if not (claim.isascii() and claim.isdigit() and len(claim) <= len(str(LARGEST_ID)) and 0 < int(claim) <= LARGEST_ID):
        wrong.append(f"“{claim[:40]}” is no number of a claim.")
    if currency not in money.CURRENCIES:
        wrong.append(f"“{currency[:10]}” is no currency.")
    else:
        try:
            amount = money.read(cells.get("amount", ""), currency)
        except ValueError as error:
            wrong.append(str(error))
    try:
        paid_on = date.fromisoformat(cells.get("paid_on", "").strip())
    except ValueError:
        wrong.append("Give the day it was paid as 2026-12-31.")
    if paid_on > today:
        wrong.append(f"{paid_on} has not come yet.")
    if not 0 < len(reference) <= LONGEST_REFERENCE or "\0" in reference:
        wrong.append(f"Give a reference, in at most {LONGEST_REFERENCE} characters.")
    return " ".join(wrong) if wrong else Line(number, int(claim), amount, currency, paid_on, reference)


Known = tuple[Any, RewardPayment | None]


def _claims(session: Session, numbers: list[int]) -> dict[int, Known]:
    """The claims of these numbers, held until the end, with the payments told before."""
    found: dict[int, Known] = {}
    ordered = sorted(numbers)
    for start in range(0, len(ordered), PART):
        rows = session.execute(
            select(RewardClaim.statement_id, RewardClaim.state, RewardClaim.amount, RewardPlan.currency, RewardPayment)
            .join(RewardPeriod, RewardPeriod.id == RewardClaim.period_id)
            .join(RewardPlan, RewardPlan.id == RewardPeriod.plan_id)
            .outerjoin(RewardPayment, RewardPayment.statement_id == RewardClaim.statement_id)
            .where(RewardClaim.statement_id.in_(ordered[start : start + PART]))
            .order_by(RewardClaim.statement_id)
            .with_for_update(of=RewardClaim)
        )
        found |= {row[0]: (row, row[4]) for row in rows}
    return found


def _compare(line: Line, known: Known | None) -> tuple[str, bool]:
    """What is wrong with a payment ("" nothing), and whether it was told before."""
    if known is None:
        return f"There is no claim {line.claim}.", False
    claim, paid = known
    if paid is not None:
        is_same = (paid.amount, paid.paid_on, paid.reference) == (line.amount, line.paid_on, line.reference)
        return ("", True) if is_same else (f"Claim {line.claim} was paid on {paid.paid_on} already ({paid.reference}).", False)
    wrong = []
    if claim.state != "exported":
        wrong.append(f"Claim {line.claim} has not gone to finance.")
    if (claim.amount, claim.currency) != (line.amount, line.currency):
        wrong.append(f"Claim {line.claim} is about {money.show(claim.amount, claim.currency)}.")
    return " ".join(wrong), False


def _write(session: Session, lines: list[Line], by: User, now: datetime) -> None:
    numbers = [line.claim for line in lines]
    moved = session.execute(
        update(RewardClaim)
        .where(RewardClaim.statement_id.in_(numbers), RewardClaim.state == "exported")
        .values(state="paid")
        .returning(RewardClaim.statement_id)
        .execution_options(synchronize_session=False)
    ).all()
    if len(moved) != len(lines):
        raise AssertionError("a claim that is held for this was changed")
    rows = [
        {"statement_id": one.claim, "amount": one.amount, "paid_on": one.paid_on, "reference": one.reference, "by_id": by.id}
        for one in lines
    ]
    session.execute(insert(RewardPayment), [{**row, "at": now} for row in rows])


def _said(wrong: list[tuple[int, str]]) -> str:
    return "\n".join(_lines(sorted(wrong)))


def _lines(wrong: list[tuple[int, str]]) -> Iterator[str]:
    for number, problem in wrong[:MOST_SHOWN]:
        yield f"Line {number}: {problem}"
    if len(wrong) > MOST_SHOWN:
        yield f"… and {len(wrong) - MOST_SHOWN:,} further lines."
