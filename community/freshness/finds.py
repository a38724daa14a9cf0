"""Which earlier checks and reports a new one confirms, and what that pays."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from community.models import Answer, Signal, Verification
from reputation.ledger import Posting


def confirmed_by(session: Session, answer: Answer, by: User) -> list[Posting]:
    """Somebody else vouches for the answer, or finds it wrong too: the last find by another person is confirmed.

    A find is a verification "wrong" or "repaired"; it is paid once, to its verifier, and never by their own later word.
    """
    find = session.scalars(
        select(Verification)
        .where(
            Verification.answer_id == answer.id,
            Verification.verdict.in_(("wrong", "repaired")),
            Verification.verifier_id != by.id,
        )
        .order_by(Verification.id.desc())
        .limit(1)
    ).first()
    if find is None:
        return []
    about = {"actor_id": by.id, "question_id": answer.question_id, "answer_id": answer.id}
    return [Posting(find.verifier_id, "wrong_found", f"verification:{find.id}:find", **about)]


def repair_confirmed(answer: Answer, verification: Verification) -> list[Posting]:
    """A repair is verified: who wrote the present text is paid, unless they are the verifier."""
    repairer = answer.edited_by_id
    if repairer is None or repairer == verification.verifier_id:
        return []
    return [
        Posting(
            repairer,
            "answer_repaired",
            f"repair:{answer.id}:{answer.revision_count}",
            actor_id=verification.verifier_id,
            question_id=answer.question_id,
            answer_id=answer.id,
        )
    ]


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
    return [
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
