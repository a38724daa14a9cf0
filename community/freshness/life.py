"""Moving an answer from state to state: the only writer of its state, its deadlines and its transitions.

What nobody decided, but the clock or the evidence did, it also tells to whom it concerns (topics `answer.due`, `answer.expired`);
of what a person decided their verb tells.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.outbox import emit
from community import lifecycle
from community.lifecycle import Deadlines, Event, State, WrongMove
from community.models import Answer, Transition

WORDS = {
    Event.BEST_BEFORE_REACHED: "its best-before date was reached and nobody has checked it since",
    Event.GRACE_ENDED: "nobody vouched for it within the grace period",
    Event.CLOCK_TURNED_BACK: "the site’s clock was wrong, and has been set right",
}
"""Why the clock moved it, for a reader."""


def begin(session: Session, answer: Answer, dates: Deadlines, now: datetime) -> None:
    """The first state of an answer that is being posted, with these dates."""
    answer.state = lifecycle.move(None, Event.POSTED)
    answer.state_reason = "posted"
    vouch(answer, dates, now)
    session.add(answer)
    session.flush()
    _record(session, answer, None, Event.POSTED, answer.author_id, "posted", "", now)


def vouch(answer: Answer, dates: Deadlines, now: datetime) -> None:
    """Somebody vouches for the answer at `now`: its life begins anew, with these dates."""
    answer.fresh_from, answer.best_before_at, answer.expires_at = now, dates.best_before, dates.expires


def catch_up(session: Session, answer: Answer, now: datetime) -> State:
    """Write down what the clock has done to the answer by `now`, each step with its own moment; returns its state."""
    before = answer.state
    if answer.state == State.FRESH and now >= answer.best_before_at:
        _step(session, answer, Event.BEST_BEFORE_REACHED, None, WORDS[Event.BEST_BEFORE_REACHED], "", answer.best_before_at)
    if answer.state == State.DUE and now >= answer.expires_at:
        _step(session, answer, Event.GRACE_ENDED, None, WORDS[Event.GRACE_ENDED], "", answer.expires_at)
    if answer.state != before:
        _tell(session, answer, now)
    return State(answer.state)


def move(
    session: Session,
    answer: Answer,
    event: Event,
    actor_id: int,
    reason: str,
    now: datetime,
    release: str = "",
) -> None:
    """Let `event` happen to the answer, after whatever the clock did to it before. Raises WrongMove when it cannot."""
    catch_up(session, answer, now)
    _step(session, answer, event, actor_id, reason, release, now)


def follow_evidence(
    session: Session, answer: Answer, dates: Deadlines, reason: str, now: datetime, *, actor_id: int | None = None
) -> State:
    """Give the answer the dates that its evidence asks for, and write down the move where they make one; returns its state.

    What the clock did before has been written down already (`catch_up`).
    """
    before = State(answer.state)
    answer.best_before_at, answer.expires_at = dates.best_before, dates.expires
    after = lifecycle.state_at(dates.best_before, dates.expires, answer.archived_at, now)
    if after != before:
        _step(session, answer, lifecycle.BY_EVIDENCE[before, after], actor_id, reason, "", now)
        _tell(session, answer, now)
    return after


def _tell(session: Session, answer: Answer, now: datetime) -> None:
    """The round is told too: who hears of it hears once in each, however late."""
    if answer.state == State.DUE:
        emit(session, "answer.due", now, answer_id=answer.id, round=answer.round)
    elif answer.state == State.EXPIRED:
        emit(session, "answer.expired", now, answer_id=answer.id, round=answer.round, reason=answer.state_reason)


def undone(session: Session, answer: Answer, before: State, actor_id: int, reason: str, now: datetime) -> None:
    """A verdict was taken back: the answer, `before` until now, has its earlier state and dates again. What the clock has done to
    those follows."""
    _record(session, answer, before, Event.UNDONE, actor_id, reason, "", now)
    catch_up(session, answer, now)


def turn_back(session: Session, answer: Answer, now: datetime) -> State:
    """The clock went forward and came back: what it had done meanwhile is taken back, as the dates say."""
    before = State(answer.state)
    after = lifecycle.state_at(answer.best_before_at, answer.expires_at, answer.archived_at, now)
    if after != before and State.ARCHIVED not in (before, after):
        answer.state, answer.state_reason = after, WORDS[Event.CLOCK_TURNED_BACK]
        _record(session, answer, before, Event.CLOCK_TURNED_BACK, None, answer.state_reason, "", now)
    return after


def _step(session: Session, answer: Answer, event: Event, actor_id: int | None, reason: str, release: str, at: datetime) -> None:
    before = State(answer.state)
    answer.state = lifecycle.move(before, event)
    answer.state_reason = reason
    _record(session, answer, before, event, actor_id, reason, release, at)


def _record(
    session: Session,
    answer: Answer,
    before: State | None,
    event: Event,
    actor_id: int | None,
    reason: str,
    release: str,
    at: datetime,
) -> None:
    session.add(
        Transition(
            answer_id=answer.id,
            from_state=before,
            to_state=answer.state,
            event=event,
            actor_id=actor_id,
            reason=reason,
            release=release,
            at=at,
        )
    )


__all__ = ["WORDS", "WrongMove", "begin", "catch_up", "follow_evidence", "move", "turn_back", "undone", "vouch"]
