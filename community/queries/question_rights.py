"""Which buttons a question's page shows: the policy table, asked with the same subject as the verbs will ask it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.accounts.models import User
from community import policy
from community.lifecycle import State
from community.policy import Subject

Record = Row[Any]

NOTHING: frozenset[str] = frozenset()


class Rights:
    """What `viewer` may do on one question's page at `now`. Nobody signed in: nothing that needs a name."""

    def __init__(self, question: Record, answers: list[Record], viewer: User | None, now: datetime) -> None:
        self._viewer, self._now = viewer, now
        self._question = question
        self._asker_has_answers_of_others = any(
            answer.removed_at is None and answer.author_id != question.author_id for answer in answers
        )
        self._subject = Subject(
            author_id=question.author_id,
            asker_id=question.author_id,
            quiet_since=question.activity_at,
            expert=viewer is not None and question.expert,
            closed=question.closed_at is not None,
            paused=viewer is not None and question.paused,
        )
        self._answers: dict[tuple[bool, bool, bool, bool, bool], frozenset[str]] = {}
        self._comments: dict[tuple[bool, bool], tuple[bool, bool, bool, bool]] = {}
        self._votes: dict[bool, bool] = {}
        self.sees_removed = self._may("see_removed", self._subject)

    def question(self) -> frozenset[str]:
        """Words for the question's own buttons."""
        if self._viewer is None:
            return NOTHING
        question, subject = self._question, self._subject
        if question.removed_at is not None:
            return frozenset({"restore"}) if self._may("restore", subject) else NOTHING
        asked = ("edit", "suggest_edit", "flag", "comment", "answer", "follow", "me_too")
        can = {name for name in asked if self._may(name, subject)}
        if self._may("close", subject):
            can.add("close" if question.closed_at is None else "reopen")
        if self._may("remove", replace(subject, has_others_answers=self._asker_has_answers_of_others)):
            can.add("remove")
        if question.seen_at is None and not question.answer_count and self._may("acknowledge", subject):
            can.add("acknowledge")
        if question.accepted_answer_id is not None and self._may("rate_effort", subject):
            can.add("rate_effort")
        if "answer" in can and self._may("official", subject):
            can.add("official")
        return frozenset(can)

    def answer(self, answer: Record, state: str) -> frozenset[str]:
        """Words for an answer's buttons."""
        if self._viewer is None or self._question.removed_at is not None:
            return NOTHING
        accepted = self._question.accepted_answer_id == answer.id
        # All a rule asks of an answer is in here, so that a page with many answers decides only a few times.
        kind = (
            self._is_mine(answer.author_id),
            accepted,
            state == State.ARCHIVED,
            answer.removed_at is not None,
            answer.official,
        )
        if kind not in self._answers:
            self._answers[kind] = frozenset(self._of_answer(answer.author_id, *kind[1:]))
        return self._answers[kind]

    def _of_answer(self, author_id: int, accepted: bool, archived: bool, removed: bool, official: bool) -> Iterator[str]:
        subject = replace(self._subject, author_id=author_id, accepted=accepted, official=official)
        if removed:
            if self._may("restore", subject):
                yield "unremove"
            return
        yield from (name for name in ("edit", "suggest_edit", "flag", "comment", "remove") if self._may(name, subject))
        if archived:
            if self._may("restore_answer", subject):
                yield "restore"
        else:
            yield from (name for name in ("verify", "archive", "supersede") if self._may(name, subject))
            if not accepted and self._may("accept", subject) and self._may_move_acceptance():
                yield "accept"
        if accepted and self._may("withdraw_acceptance", subject):
            yield "unaccept"

    def vote(self, author_id: int, removed: bool) -> bool:
        """Whether the vote's buttons are shown. Who is not signed in sees them too: they lead to the sign-in page."""
        if removed or self._question.removed_at is not None:
            return False
        if self._viewer is None:
            return True
        mine = self._is_mine(author_id)
        if mine not in self._votes:
            self._votes[mine] = self._may("vote_up", replace(self._subject, author_id=author_id))
        return self._votes[mine]

    def comment(self, author_id: int, removed: bool) -> tuple[bool, bool, bool, bool]:
        """Whether a comment can be removed, edited, restored, flagged."""
        if self._viewer is None:
            return False, False, False, False
        kind = (self._is_mine(author_id), removed)
        if kind not in self._comments:
            subject = replace(self._subject, author_id=author_id)
            if removed:
                self._comments[kind] = (False, False, self._may("restore", subject), False)
            else:
                may_flag = self._may("flag", subject)
                self._comments[kind] = (self._may("remove", subject), self._may("edit_comment", subject), False, may_flag)
        return self._comments[kind]

    def _is_mine(self, author_id: int) -> bool:
        return self._viewer is not None and self._viewer.id == author_id

    def _may_move_acceptance(self) -> bool:
        return self._question.accepted_answer_id is None or self._may("withdraw_acceptance", self._subject)

    def _may(self, action: str, subject: Subject) -> bool:
        return policy.can(self._viewer, action, subject, self._now)
