"""Badges that came about by votes or acceptances which a finding took back, and which it may give back.

Everything else stays: a post that is removed, an acceptance that is withdrawn, an answer that expires takes no badge with it.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import db
from community.badges import awards, earning
from community.badges.earning import Span
from community.models import Acceptance, Answer, FindingAct, Question, Vote
from reputation.badges.models import BadgeAward
from reputation.badges.rules import RULES, Heard

REASON = "it came about by votes or acceptances that do not count any more"

BY_OTHERS_WORD = tuple(
    rule for rule in RULES.values() if rule.heard & {Heard.CHANGED, Heard.ACCEPTED} and rule.measure not in {"finds", "rescues"}
)
"""The badges that votes up and acceptances bring, and checks do not."""


@dataclass
class Posts:
    """Whose posts they are, and which."""

    people: set[int] = field(default_factory=set)
    questions: set[int] = field(default_factory=set)
    answers: set[int] = field(default_factory=set)

    def have(self, award: BadgeAward) -> bool:
        """Whether the award is for one of them, or for so many deeds that they may have been among them."""
        if RULES[award.badge].goal > 1 or RULES[award.badge].each == "tag":
            return award.user_id in self.people
        return award.answer_id in self.answers if award.answer_id is not None else award.question_id in self.questions


@dataclass(frozen=True)
class Touched:
    """What a finding's votes up were for, and its acceptances."""

    voted: Posts
    accepted: Posts

    @property
    def people(self) -> set[int]:
        return self.voted.people | self.accepted.people

    def has(self, award: BadgeAward) -> bool:
        """Whether the award can hang on the finding's votes, where votes bring it, or on its acceptances, where those do."""
        heard = RULES[award.badge].heard
        by_votes = Heard.CHANGED in heard and self.voted.have(award)
        return by_votes or (Heard.ACCEPTED in heard and self.accepted.have(award))


def reckon_anew(finding_id: int, now: datetime) -> tuple[int, int]:
    """Reckon anew for whom a finding was decided or an appeal answered: what has lost its ground by it is taken, what has it
    again is given back. Returns how many were taken and given. Run again it finds nothing to do."""
    touched = _touched(db.session(), finding_id)
    taken = given = 0
    for person_id in sorted(touched.people):
        found = earning.by_history(db.session(), BY_OTHERS_WORD, Span(person_id, person_id))
        has_ground = {(one.badge, one.occasion) for one in found}
        known = select(BadgeAward).where(
            BadgeAward.user_id == person_id, BadgeAward.badge.in_([rule.name for rule in BY_OTHERS_WORD])
        )
        all_of_them = [
            (award.badge, award.occasion, award.taken_reason, touched.has(award)) for award in db.session.scalars(known)
        ]
        db.session.rollback()
        for badge, occasion, reason, is_touched in all_of_them:
            stands = (badge, occasion) in has_ground
            if reason is None and not stands and is_touched:
                taken += awards.take_back(person_id, badge, occasion, REASON, by=None, now=now)
            elif reason == REASON and stands:
                given += awards.give_back(person_id, badge, occasion, by=None, now=now)
    return taken, given


def _touched(session: Session, finding_id: int) -> Touched:
    """Who was voted down has lost nothing by it that a badge could hang on."""
    voted = (
        select(Vote.author_id, func.coalesce(Answer.question_id, Vote.question_id), Vote.answer_id)
        .join(FindingAct, FindingAct.vote_id == Vote.id)
        .outerjoin(Answer, Answer.id == Vote.answer_id)
        .where(FindingAct.finding_id == finding_id, Vote.value == 1)
    )
    accepted = (
        select(Answer.author_id, Acceptance.question_id, Acceptance.answer_id, Question.author_id)
        .join(FindingAct, FindingAct.acceptance_id == Acceptance.id)
        .join(Answer, Answer.id == Acceptance.answer_id)
        .join(Question, Question.id == Acceptance.question_id)
        .where(FindingAct.finding_id == finding_id)
    )
    touched = Touched(Posts(), Posts())
    for author_id, question_id, answer_id in session.execute(voted):
        touched.voted.people.add(author_id)
        if answer_id is None:
            touched.voted.questions.add(question_id)
        else:
            touched.voted.answers.add(answer_id)
    for author_id, question_id, answer_id, asker_id in session.execute(accepted):
        touched.accepted.people.update((author_id, asker_id))
        touched.accepted.questions.add(question_id)
        touched.accepted.answers.add(answer_id)
    return touched
