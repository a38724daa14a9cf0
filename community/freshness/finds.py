"""Which earlier checks and reports a new one confirms, and what that pays."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from community.freshness import approval
from community.models import Answer, Revision, Signal, Verification
from reputation.ledger import REMOVAL, Posting
from reputation.models import Entry
from reputation.points import FIND_PAUSE, REVERSAL


def open_find(session: Session, answer: Answer) -> Verification | None:
    """The last decisive verdict on the answer before the one being given, where it was a find: "wrong" or "repaired"."""
    of_answer = and_(Verification.answer_id == answer.id, Verification.undone_at.is_(None))
    repaired_in_this_round = select(Verification).where(
        of_answer, Verification.round == answer.round, Verification.verdict == "repaired"
    )
    last = (
        select(Verification)
        .where(of_answer, Verification.round < answer.round, Verification.verdict != "unsure")
        .order_by(Verification.id.desc())
        .limit(1)
    )
    found = session.scalars(repaired_in_this_round).first() or session.scalars(last).first()
    return found if found is not None and found.verdict in ("wrong", "repaired") else None


def confirmed_by(session: Session, answer: Answer, by: User, now: datetime, *, vouching: bool) -> list[Posting]:
    """What an open find brings its verifier when somebody else's word agrees with it; once, and never by their own later word.

    Who vouches for a text that was rewritten since agrees with the find, and so does who finds the same text wrong too. Who
    vouches for the text as it was, or finds the new one wrong, does not.
    """
    find = open_find(session, answer)
    if find is None or find.verifier_id == by.id or _rewritten_since(answer, find) != vouching:
        return []
    about = {"actor_id": by.id, "question_id": answer.question_id, "answer_id": answer.id}
    return _first_lately(
        session, answer, [Posting(find.verifier_id, "wrong_found", f"verification:{find.id}:find", **about)], now
    )


def repair_confirmed(session: Session, answer: Answer, verification: Verification) -> list[Posting]:
    """A repair is verified: who wrote the present text after an open find, or reworked what was past its date, is paid, unless
    they are the verifier."""
    find = open_find(session, answer)
    found = find is not None and _rewritten_since(answer, find)
    repairer = answer.edited_by_id if found else _reworked_by(session, answer, verification.at)
    if repairer is None or repairer == verification.verifier_id:
        return []
    posting = Posting(
        repairer,
        "answer_repaired",
        f"repair:{answer.id}:{answer.revision_count}",
        actor_id=verification.verifier_id,
        question_id=answer.question_id,
        answer_id=answer.id,
    )
    return _first_lately(session, answer, [posting], verification.at)


def _reworked_by(session: Session, answer: Answer, now: datetime) -> int | None:
    """Whose rework of a text past its date waits for this check."""
    since = approval.waiting_since(answer, now)
    if since is None:
        return None
    of_it = select(Revision.author_id).where(Revision.answer_id == answer.id, Revision.at == since)
    return session.scalars(of_it.order_by(Revision.number.desc()).limit(1)).first()


def _rewritten_since(answer: Answer, find: Verification) -> bool:
    return find.verdict == "repaired" or (answer.edited_at is not None and answer.edited_at > find.at)


def reports_confirmed(session: Session, answer: Answer, verification: Verification) -> list[Posting]:
    """A verification finds the answer wrong: everybody signed in who reported it in this round, except the verifier, is paid."""
    reports = session.scalars(
        select(Signal).where(
            Signal.answer_id == answer.id,
            Signal.round == verification.round,
            Signal.kind == "broken",
            Signal.user_id.is_not(None),
            Signal.user_id != verification.verifier_id,
        )
    )
    postings = [
        Posting(
            report.user_id or 0,
            "report_confirmed",
            f"signal:{report.id}:confirmed",
            actor_id=verification.verifier_id,
            question_id=answer.question_id,
            answer_id=answer.id,
        )
        for report in reports
    ]
    return _first_lately(session, answer, postings, verification.at)


def _first_lately(session: Session, answer: Answer, postings: Sequence[Posting], now: datetime) -> list[Posting]:
    """Those of the postings that their person was not paid for on this answer within FIND_PAUSE, or two friends could find it
    wrong, or repair a comma and agree, in turn for ever. The question is held, so nobody else pays for its answers meanwhile."""
    if not postings:
        return []
    wanted = {posting.reason for posting in postings}
    paid = session.execute(
        select(Entry.user_id, Entry.reason, Entry.cause, Entry.at, taken_back().label("taken_back")).where(
            Entry.answer_id == answer.id, Entry.reason.in_(wanted)
        )
    ).all()
    lately = {(row.user_id, row.reason) for row in paid if row.at > now - FIND_PAUSE and not row.taken_back}
    used = {row.cause for row in paid if row.taken_back}
    return [
        replace(posting, cause=_anew(posting.cause, used))
        for posting in postings
        if (posting.user_id, posting.reason) not in lately
    ]


def taken_back() -> ColumnElement[bool]:
    """Of an entry: it was reversed for good, as when a verdict is undone; not only while a post is removed."""
    reversal = aliased(Entry)
    return exists().where(reversal.origin_id == Entry.id, reversal.reason == REVERSAL, reversal.cause.not_like(f"{REMOVAL}:%"))


def _anew(cause: str, used: Collection[str]) -> str:
    """A cause that was paid and taken back stays used in the ledger: what brings the same about later has a name of its own."""
    name, times = cause, 1
    while name in used:
        times += 1
        name = f"{cause}:{times}"
    return name
