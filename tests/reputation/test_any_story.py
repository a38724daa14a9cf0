"""Any story: asking, answering, voting, taking back, accepting, checking, removing and restoring, over days and a change of the
clocks. After every step the ledger is what the rules make of the story from scratch."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.config import Settings
from app.errors import DomainError
from community import acceptance, votes
from community.boards.causes import CHECKERS
from community.freshness import verification
from community.models import Acceptance, Verification, Vote
from community.moderation import removal
from reputation import audit, grounds, points
from tests.accounts import on_sqlite
from tests.people import People, person
from tests.reputation.oracle import Oracle
from tests.stories import answer, ask

CAP = 25
"""Three votes reach it, so that short stories do."""
ZONE = "Europe/Berlin"
EVENING = datetime(2026, 10, 24, 19, 0, tzinfo=UTC)
"""The clocks go back in the night that follows: the day is 25 hours long."""


@dataclass
class World:
    session: Session
    people: People
    voters: list[User]
    stories: int = 0


class Story(RuleBasedStateMachine):
    world: World

    @initialize(late=st.booleans())
    def begin(self, late: bool) -> None:
        world = self.world
        world.session.rollback()
        world.stories += 1
        self.now = EVENING + timedelta(days=7 * world.stories if late else 0)
        asker, author = (
            person("Asker", self.now, name_key=None, email=None),
            person("Author", self.now, name_key=None, email=None),
        )
        world.voters = [person(f"Voter {number}", self.now, Role.STAFF, name_key=None, email=None) for number in range(4)]
        world.session.add_all([asker, author, *world.voters])
        world.session.commit()
        self.asker, self.author = asker, author
        self.oracle = Oracle(CAP, ZoneInfo(ZONE))
        self.questions = [ask(asker, self.now, title="Why does the router restart in the evening?")]
        self.answers = [answer(self.questions[0], author, self.now) for _ in range(3)]
        self.removed: set[int] = set()

    @rule(hours=st.sampled_from([1, 3, 23]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(who=st.integers(0, 3), which=st.integers(0, 2), value=st.sampled_from([1, 1, 1, -1]))
    def vote(self, who: int, which: int, value: int) -> None:
        voter, answer_id = self.world.voters[who], self.answers[which]
        before = self._standing_vote(voter, answer_id)
        if not self._does(lambda: votes.cast(value, answer_id=answer_id, by=voter, now=self.now)):
            return
        cast = self._standing_vote(voter, answer_id)
        assert cast is not None
        if before is not None and before.id != cast.id:
            self._vote_gone(before)
        if before is None or before.id != cast.id:
            author, cost = votes.causes(cast.id)
            about = ("answer", answer_id)
            self.oracle.pay(author, self.author.id, f"answer_{'up' if value > 0 else 'down'}voted", about, self.now)
            if value < 0:
                self.oracle.pay(cost, voter.id, "downvoting", about, self.now)

    @rule(who=st.integers(0, 3))
    def vote_for_the_question(self, who: int) -> None:
        voter, question_id = self.world.voters[who], self.questions[0]
        if self._standing_vote(voter, None, question_id) is None:
            if self._does(lambda: votes.cast(1, question_id=question_id, by=voter, now=self.now)):
                cast = self._standing_vote(voter, None, question_id)
                assert cast is not None
                about = ("question", question_id)
                self.oracle.pay(votes.causes(cast.id)[0], self.asker.id, "question_upvoted", about, self.now)
        elif self._does(lambda: votes.withdraw(question_id=question_id, by=voter, now=self.now)):
            self._undo_all(f"vote:{self._last_vote(voter)}:author")

    @rule(who=st.integers(0, 3), which=st.integers(0, 2))
    def retract(self, who: int, which: int) -> None:
        voter, answer_id = self.world.voters[who], self.answers[which]
        standing = self._standing_vote(voter, answer_id)
        if standing is not None and self._does(lambda: votes.withdraw(answer_id=answer_id, by=voter, now=self.now)):
            self._vote_gone(standing)

    @rule(which=st.integers(0, 2))
    def accept_or_move(self, which: int) -> None:
        answer_id, before = self.answers[which], self._standing_acceptance()
        if before is not None and before.answer_id == answer_id:
            return
        instead = before.answer_id if before else None
        if not self._does(lambda: acceptance.accept(answer_id, instead_of=instead, by=self.asker, now=self.now)):
            return
        if before is not None:
            self._undo_all(*acceptance.causes(before.id))
        made = self._standing_acceptance()
        assert made is not None
        author, accepter = acceptance.causes(made.id)
        self.oracle.pay(author, self.author.id, "answer_accepted", ("answer", answer_id), self.now)
        self.oracle.pay(accepter, self.asker.id, "accepting", ("answer", answer_id), self.now)

    @rule()
    def withdraw_the_acceptance(self) -> None:
        standing = self._standing_acceptance()
        if standing and self._does(lambda: acceptance.withdraw(standing.answer_id, by=self.asker, now=self.now)):
            self._undo_all(*acceptance.causes(standing.id))

    @rule(which=st.integers(0, 2), mo=st.booleans())
    def verify(self, which: int, mo: bool) -> None:
        by, answer_id = (self.world.people.mo if mo else self.world.people.ana), self.answers[which]
        if not self._does(lambda: verification.verify(answer_id, "right", by=by, now=self.now)):
            return
        made = self._scalar(select(func.max(Verification.id)))
        gains, day = self.oracle.gains.values(), self.now.astimezone(ZoneInfo(ZONE)).date()
        today = [gain for gain in gains if gain.who == by.id and gain.reason == "still_right" and gain.day == day]
        standing = self._standing_acceptance()
        lately = self.now - points.KEPT_CURRENT_PAUSE
        kept = [
            gain
            for gain in gains
            if gain.reason == "kept_current" and gain.about == ("answer", answer_id) and gain.at > lately and not gain.undone
        ]
        if standing is not None and standing.answer_id == answer_id and not kept:
            self.oracle.pay(f"verification:{made}:kept", self.author.id, "kept_current", ("answer", answer_id), self.now)
        if len([gain for gain in today if not gain.undone]) < points.DAILY_CONFIRMATIONS_PAID:
            self.oracle.pay(f"verification:{made}:check", by.id, "still_right", ("answer", answer_id), self.now)

    @precondition(lambda self: len(self.removed) < 3)
    @rule(which=st.integers(0, 2))
    def remove(self, which: int) -> None:
        answer_id = self.answers[which]
        if answer_id not in self.removed:
            removal.remove_answer(answer_id, reason="It is about something else.", by=self.world.people.mo, now=self.now)
            self.removed.add(answer_id)
            self.oracle.remove(("answer", answer_id), self.now)

    @precondition(lambda self: self.removed)
    @rule()
    def restore(self) -> None:
        answer_id = min(self.removed)
        removal.restore_answer(answer_id, by=self.world.people.mo, now=self.now)
        self.removed.remove(answer_id)
        self.oracle.restore(("answer", answer_id), self.now)

    @invariant()
    def the_totals_are_what_the_rules_make_of_it(self) -> None:
        everybody = [self.asker, self.author]
        for who in everybody:
            total = self._scalar(select(User.reputation).where(User.id == who.id))
            assert total == points.STARTING_REPUTATION + self.oracle.total(who.id)
        for day in {gain.day for gain in self.oracle.gains.values()}:
            assert self.oracle.of_day(self.author.id, day) <= CAP

    def teardown(self) -> None:
        session = self.world.session
        session.rollback()
        books, causes = audit.audit(session), grounds.check(session, CHECKERS)
        session.rollback()
        assert books.clean, books
        assert causes.clean, causes

    def _does(self, act: object) -> bool:
        try:
            act()  # type: ignore[operator]  # each is a verb with its arguments
        except DomainError:
            return False
        return True

    def _undo_all(self, *causes: str) -> None:
        for cause in causes:
            if cause in self.oracle.gains:
                self.oracle.undo(cause, self.now)

    def _vote_gone(self, vote: Vote) -> None:
        self._undo_all(*votes.causes(vote.id))

    def _standing_vote(self, voter: User, answer_id: int | None, question_id: int | None = None) -> Vote | None:
        self.world.session.rollback()
        on = Vote.answer_id == answer_id if answer_id is not None else Vote.question_id == question_id
        return self.world.session.scalars(
            select(Vote).where(on, Vote.voter_id == voter.id, Vote.withdrawn_at.is_(None))
        ).one_or_none()

    def _last_vote(self, voter: User) -> object:
        withdrawn = (Vote.voter_id == voter.id, Vote.question_id.is_not(None), Vote.withdrawn_at == self.now)
        return self._scalar(select(func.max(Vote.id)).where(*withdrawn))

    def _standing_acceptance(self) -> Acceptance | None:
        self.world.session.rollback()
        of_it = (Acceptance.question_id == self.questions[0], Acceptance.withdrawn_at.is_(None))
        return self.world.session.scalars(select(Acceptance).where(*of_it)).one_or_none()

    def _scalar(self, query: object) -> object:
        self.world.session.rollback()
        return self.world.session.execute(query).scalar()  # type: ignore[call-overload]  # any query of one value


@on_sqlite
def test_the_ledger_is_what_the_rules_make_of_any_story(
    app: Flask, session: Session, people: People, settings_of_the_day: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "DAILY_CAP", CAP)
    world = World(session, people, [])
    machine = type("AnyStory", (Story,), {"world": world})
    few = settings(
        max_examples=12,
        stateful_step_count=25,
        deadline=None,
        phases=[Phase.generate],  # the database goes on from story to story, so a shorter one would not be the same
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(machine, settings=few)
    assert world.stories


@pytest.fixture
def settings_of_the_day(app: Flask, settings: Settings) -> None:
    app.config["SETTINGS"] = replace(settings, time_zone=ZONE)
