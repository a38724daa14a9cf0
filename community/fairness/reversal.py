"""Taking back what was arranged, and giving it back: votes, scores, points and evidence together, inside a verb.

Every vote and acceptance is taken by one finding at most and given back once, whoever comes at once: their questions are held in
the order of their ids, then the beliefs that votes down had moved, then the people.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.pages import question_key, touch
from community import acceptance, lead, reach, votes
from community.freshness import beliefs, evidence, weights
from community.freshness.evidence import Happening, Said
from community.models import Acceptance, Answer, Finding, FindingAct, Question, Vote
from reputation import ledger
from reputation.chains import FAIRNESS, REMOVAL

TAKEN = Happening("withdrawn", "votes down that were arranged are taken back")
GIVEN = Happening("votes", "votes down that were taken back count again")


def take(session: Session, finding: Finding, by_id: int | None, now: datetime) -> int:
    """Let nothing of the finding count any more; what does not count already is passed over. Returns how much it was."""
    held = _Held(session, finding, FindingAct.reversed_at.is_(None))
    causes: list[str] = []
    changed: dict[int, Question] = {}
    done = 0
    for act, vote, accepted in held.acts:
        if vote is not None and vote.withdrawn_at is None and vote.discounted_at is None:
            post, question = held.post_of(vote)
            vote.discounted_at = now
            post.score -= vote.value
            changed[question.id] = question
            causes += votes.causes(vote.id)
        elif accepted is not None and accepted.withdrawn_at is None and accepted.discounted_at is None:
            accepted.discounted_at = now
            causes += acceptance.causes(accepted.id)
        else:
            continue
        act.reversed_at = now
        done += 1
    session.flush()
    ledger.reverse(session, causes, by_id, now, FAIRNESS)
    for answer, question, down in held.heard(lambda act: act.reversed_at == now):
        words = [Said(vote.at, bad=weights.DOWN_VOTE) for vote in down]
        evidence.take_back(session, answer, question, TAKEN, words, now)
    _shown(session, changed, now)
    return done


def give_back(session: Session, finding: Finding, by_id: int | None, now: datetime) -> int:
    """Let count again what this finding took, but for what was withdrawn since. Returns how much it was."""
    held = _Held(session, finding, FindingAct.reversed_at.is_not(None), FindingAct.restored_at.is_(None))
    causes: list[str] = []
    waiting: list[str] = []
    changed: dict[int, Question] = {}
    done = 0
    for act, vote, accepted in held.acts:
        act.restored_at = now
        if vote is not None and vote.withdrawn_at is None and vote.discounted_at is not None:
            post, question = held.post_of(vote)
            vote.discounted_at = None
            post.score += vote.value
            changed[question.id] = question
            of_this = votes.causes(vote.id)
        elif accepted is not None and accepted.withdrawn_at is None and accepted.discounted_at is not None:
            post = held.answers[accepted.answer_id]
            if held.is_ones_own(accepted):
                continue
            accepted.discounted_at = None
            of_this = acceptance.causes(accepted.id)
        else:
            continue
        causes += of_this
        if post.removed_at is not None:
            waiting += of_this
        done += 1
    session.flush()
    ledger.reinstate(session, causes, by_id, now, FAIRNESS)
    # What a removed post would have brought waits for its return; what its removal cost (spam) stays.
    ledger.reverse(session, waiting, by_id, now, REMOVAL)
    for answer, question, down in held.heard(lambda act: act.restored_at == now):
        evidence.hear(session, answer, question, GIVEN, now, bad=weights.DOWN_VOTE * len(down))
    _shown(session, changed, now)
    return done


class _Held:
    """A finding's acts with all they concern, held."""

    def __init__(self, session: Session, finding: Finding, *which: Any) -> None:  # noqa: ANN401 - conditions on the acts
        self._session = session
        acts = session.scalars(
            select(FindingAct).where(FindingAct.finding_id == finding.id, *which).order_by(FindingAct.id)
        ).all()
        vote_ids = [act.vote_id for act in acts if act.vote_id is not None]
        acceptance_ids = [act.acceptance_id for act in acts if act.acceptance_id is not None]
        under = (
            select(func.coalesce(Answer.question_id, Vote.question_id))
            .select_from(Vote)
            .outerjoin(Answer, Answer.id == Vote.answer_id)
        )
        ids = set(session.scalars(under.where(Vote.id.in_(vote_ids))))
        ids |= set(session.scalars(select(Acceptance.question_id).where(Acceptance.id.in_(acceptance_ids))))
        fresh = {"populate_existing": True}
        questions = select(Question).where(Question.id.in_(ids)).order_by(Question.id).with_for_update(key_share=True)
        self.questions = {one.id: one for one in session.scalars(questions, execution_options=fresh)}
        own = select(Vote).where(Vote.id.in_(vote_ids))
        found = {one.id: one for one in session.scalars(own, execution_options=fresh)}
        accepted = select(Acceptance).where(Acceptance.id.in_(acceptance_ids))
        taken = {one.id: one for one in session.scalars(accepted, execution_options=fresh)}
        answer_ids = {vote.answer_id for vote in found.values() if vote.answer_id is not None}
        answer_ids |= {one.answer_id for one in taken.values()}
        answers = select(Answer).where(Answer.id.in_(answer_ids))
        self.answers = {one.id: one for one in session.scalars(answers, execution_options=fresh)}
        for answer_id in sorted({vote.answer_id for vote in found.values() if vote.answer_id and self._is_heard(vote)}):
            beliefs.hold(session, answer_id)
        people = {one.voter_id for one in found.values()} | {one.author_id for one in found.values()}
        people |= {one.by_id for one in taken.values() if one.by_id} | {
            self.answers[one.answer_id].author_id for one in taken.values()
        }
        ledger.lock_people(session, people)
        self.acts: Sequence[tuple[FindingAct, Vote | None, Acceptance | None]] = [
            (act, found.get(act.vote_id or 0), taken.get(act.acceptance_id or 0)) for act in acts
        ]

    def post_of(self, vote: Vote) -> tuple[Question | Answer, Question]:
        """What a vote is on, and the question it is under."""
        if vote.answer_id is None:
            question = self.questions[vote.question_id or 0]
            return question, question
        answer = self.answers[vote.answer_id]
        return answer, self.questions[answer.question_id]

    def is_ones_own(self, accepted: Acceptance) -> bool:
        """Whether the answer has come to be by who accepted it or asked: the two accounts were merged since."""
        author_id = self.answers[accepted.answer_id].author_id
        return author_id in (accepted.by_id, self.questions[accepted.question_id].author_id)

    def heard(self, which: Any) -> list[tuple[Answer, Question, list[Vote]]]:  # noqa: ANN401 - a condition on an act
        """Answers whose belief votes of these acts had moved, with those votes."""
        found: dict[int, list[Vote]] = {}
        for act, vote, _ in self.acts:
            if vote is not None and vote.answer_id is not None and which(act) and self._is_heard(vote):
                found.setdefault(vote.answer_id, []).append(vote)
        living = [(self.answers[answer_id], those) for answer_id, those in sorted(found.items())]
        return [(answer, self.questions[answer.question_id], those) for answer, those in living if answer.archived_at is None]

    def _is_heard(self, vote: Vote) -> bool:
        return vote.answer_id is not None and votes.is_evidence(self.answers[vote.answer_id], vote)


def _shown(session: Session, changed: dict[int, Question], now: datetime) -> None:
    if changed:
        lead.refresh_all(session, list(changed.values()), now)
        touch(session, *(question_key(question_id) for question_id in changed))
        reach.changed_all(session, changed.values(), now)
