"""Removing and restoring, closing, suspending, expertise, roles, policies: what they do, who may, what is written down."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role, Suspension, User
from app.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from community import acceptance, comments, questions, votes
from community.lifecycle import State, state_at
from community.models import Answer, AuditRecord, Question, Tag
from community.moderation import closing, expertise, removal, roles, suspension, tag_policy
from community.moderation.tag_policy import Change
from reputation import audit
from tests.people import People
from tests.stories import accepted, answer, answered, ask, make_tag

DAY = timedelta(days=1)


def reputation(session: Session, user: User) -> int:
    return session.execute(select(User.reputation).where(User.id == user.id)).scalar_one()


def acts(session: Session) -> list[str]:
    return list(session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)))


# --- removing -------------------------------------------------------------------------------------------------------------


def test_reputation_goes_and_returns_with_the_answer(session: Session, people: People, now: datetime) -> None:
    _, answer_id = accepted(people, now)
    votes.cast(1, answer_id=answer_id, by=people.mo, now=now)
    before = reputation(session, people.jonas)
    assert before == 1 + 15 + 10
    removal.remove_answer(answer_id, reason="it is spam", by=people.mo, now=now)
    assert reputation(session, people.jonas) == 1
    assert reputation(session, people.marta) == 1
    removal.restore_answer(answer_id, by=people.mo, now=now)
    assert reputation(session, people.jonas) == before
    assert reputation(session, people.marta) == 3
    # A second time over the same chain of entries.
    removal.remove_answer(answer_id, reason="it is spam after all", by=people.mo, now=now)
    assert reputation(session, people.jonas) == 1
    removal.restore_answer(answer_id, by=people.mo, now=now)
    assert reputation(session, people.jonas) == before
    assert audit.audit(session).clean
    assert acts(session) == ["answer.removed", "answer.restored_post"] * 2


def test_a_vote_withdrawn_after_a_restore_is_taken_back_once(session: Session, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    votes.cast(1, answer_id=answer_id, by=people.mo, now=now)
    removal.remove_answer(answer_id, reason="by mistake", by=people.mo, now=now)
    removal.restore_answer(answer_id, by=people.mo, now=now)
    votes.withdraw(answer_id=answer_id, by=people.mo, now=now)
    assert reputation(session, people.jonas) == 1
    removal.remove_answer(answer_id, reason="again", by=people.mo, now=now)
    removal.restore_answer(answer_id, by=people.mo, now=now)
    assert reputation(session, people.jonas) == 1, "what was withdrawn before the removal does not come back with the post"
    assert audit.audit(session).clean


def test_nothing_can_be_done_to_what_is_removed(session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    removal.remove_answer(answer_id, reason="spam", by=people.mo, now=now)
    with pytest.raises(Gone):
        votes.cast(1, answer_id=answer_id, by=people.mo, now=now)
    with pytest.raises(Gone):
        acceptance.accept(answer_id, by=people.marta, now=now)
    removal.remove_question(question_id, reason="spam", by=people.mo, now=now)
    with pytest.raises(Gone):
        answer(question_id, people.ana, now)
    with pytest.raises(Gone):
        comments.add(body="still here?", question_id=question_id, by=people.ana, now=now)


def test_removing_a_question_takes_it_off_its_tag(session: Session, people: People, now: datetime) -> None:
    question_id = ask(people.marta, now)
    count = select(Tag.question_count).where(Tag.name == "broadband")
    before = session.execute(count).scalar_one()
    removal.remove_question(question_id, by=people.marta, now=now)
    assert session.execute(count).scalar_one() == before - 1
    removal.remove_question(question_id, reason="once more", by=people.mo, now=now)
    assert session.execute(count).scalar_one() == before - 1, "removing what is removed changes nothing"
    removal.restore_question(question_id, by=people.mo, now=now)
    assert session.execute(count).scalar_one() == before


def test_who_may_remove(session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = accepted(people, now)
    with pytest.raises(Forbidden, match="accepted"):
        removal.remove_answer(answer_id, by=people.jonas, now=now)
    with pytest.raises(Forbidden, match="Others have answered"):
        removal.remove_question(question_id, by=people.marta, now=now)
    with pytest.raises(Forbidden, match="Only the author"):
        removal.remove_answer(answer_id, by=people.ana, now=now)
    with pytest.raises(Invalid, match="reason"):
        removal.remove_answer(answer_id, by=people.mo, now=now)
    with pytest.raises(Forbidden):
        removal.restore_answer(answer_id, by=people.jonas, now=now)
    with pytest.raises(NotFound):
        removal.restore_answer(answer_id, by=people.mo, now=now)


def test_a_comment_is_removed_and_restored(session: Session, people: People, now: datetime) -> None:
    comment_id = comments.add(body="rude words", question_id=ask(people.marta, now), by=people.jonas, now=now)
    removal.remove_comment(comment_id, reason="rude", by=people.mo, now=now)
    with pytest.raises(Gone):
        comments.edit(comment_id, body="kind words", by=people.jonas, now=now)
    removal.restore_comment(comment_id, by=people.mo, now=now)
    assert comments.edit(comment_id, body="kind words", by=people.jonas, now=now)


# --- closing --------------------------------------------------------------------------------------------------------------


def test_a_closed_question_takes_no_answers_until_it_is_open_again(session: Session, people: People, now: datetime) -> None:
    question_id = ask(people.marta, now)
    closing.close(question_id, reason="unclear", note="Which router is it?", by=people.ana, now=now)
    with pytest.raises(Forbidden, match="closed"):
        answer(question_id, people.jonas, now)
    assert session.get_one(Question, question_id).closed_reason == "It cannot be answered as it stands. Which router is it?"
    closing.reopen(question_id, by=people.ana, now=now)
    assert answer(question_id, people.jonas, now)
    with pytest.raises(NotFound):
        closing.reopen(question_id, by=people.ana, now=now)


def test_duplicates_point_forward_and_never_in_a_circle(session: Session, people: People, now: datetime) -> None:
    first, second, third = (ask(people.marta, now, title=f"The same question, number {n}") for n in range(3))
    closing.close(second, reason="duplicate", duplicate_of=first, by=people.mo, now=now)
    closing.close(third, reason="duplicate", duplicate_of=second, by=people.mo, now=now)
    for target in (first, third):
        with pytest.raises(Invalid, match="circles"):
            closing.close(first, reason="duplicate", duplicate_of=target, by=people.mo, now=now)
    with pytest.raises(Invalid, match="no such question"):
        closing.close(first, reason="duplicate", duplicate_of=None, by=people.mo, now=now)
    with pytest.raises(Invalid):
        closing.close(first, reason="because", by=people.mo, now=now)
    with pytest.raises(Forbidden, match="500"):
        closing.close(first, reason="unclear", by=people.jonas, now=now)


# --- suspending -----------------------------------------------------------------------------------------------------------


def test_a_suspended_person_reads_and_does_not_write(session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    suspension.suspend(people.jonas.id, until=now + 3 * DAY, reason="insults", by=people.mo, now=now)
    for act in (
        lambda: ask(people.jonas, now),
        lambda: answer(question_id, people.jonas, now),
        lambda: comments.add(body="but why", question_id=question_id, by=people.jonas, now=now),
        lambda: votes.cast(1, question_id=question_id, by=people.jonas, now=now),
        lambda: questions.edit(
            question_id, title="Changed title here", body="Changed it all", tags_text="", by=people.jonas, now=now
        ),
        lambda: removal.remove_answer(answer_id, by=people.jonas, now=now),
    ):
        with pytest.raises(Forbidden, match=r"suspended until 24 November 2026: insults"):
            act()
    assert answer(question_id, people.jonas, now + 3 * DAY), "it runs out by itself"


def test_lifting_a_suspension(session: Session, people: People, now: datetime) -> None:
    suspension.suspend(people.jonas.id, until=now + 30 * DAY, reason="insults", by=people.mo, now=now)
    suspension.suspend(people.jonas.id, until=now + 60 * DAY, reason="more insults", by=people.mo, now=now)
    suspension.lift(people.jonas.id, reason="he said sorry", by=people.mo, now=now)
    assert ask(people.jonas, now)
    assert all(row.lifted_at for row in session.query(Suspension)), "the rows stay, with when they ended"
    with pytest.raises(NotFound):
        suspension.lift(people.jonas.id, by=people.mo, now=now)


def test_who_may_suspend_whom(session: Session, people: People, now: datetime) -> None:
    until = now + DAY
    with pytest.raises(Forbidden, match="Only moderators"):
        suspension.suspend(people.jonas.id, until=until, reason="x", by=people.ana, now=now)
    with pytest.raises(Forbidden, match="yourself"):
        suspension.suspend(people.mo.id, until=until, reason="x", by=people.mo, now=now)
    with pytest.raises(Forbidden, match="Only an admin"):
        suspension.suspend(people.ada.id, until=until, reason="x", by=people.mo, now=now)
    with pytest.raises(Invalid):
        suspension.suspend(people.jonas.id, until=now, reason="x", by=people.mo, now=now)
    with pytest.raises(Invalid):
        suspension.suspend(people.jonas.id, until=now + 400 * DAY, reason="x", by=people.mo, now=now)
    with pytest.raises(Invalid, match="reason"):
        suspension.suspend(people.jonas.id, until=until, reason=" ", by=people.mo, now=now)
    suspension.suspend(people.mo.id, until=until, reason="x", by=people.ada, now=now)


# --- expertise and roles ----------------------------------------------------------------------------------------------------


def test_expertise_is_granted_renewed_and_runs_out(session: Session, people: People, now: datetime) -> None:
    tag = make_tag(session, "roaming", now)
    expertise.grant(people.jonas.id, tag.id, by=people.mo, now=now)
    session.refresh(people.jonas)
    assert people.jonas.expert_until == now + expertise.LASTS
    expertise.grant(people.jonas.id, tag.id, by=people.mo, now=now + 10 * DAY)
    session.refresh(people.jonas)
    assert people.jonas.expert_until == now + 10 * DAY + expertise.LASTS
    expertise.revoke(people.jonas.id, tag.id, by=people.mo, now=now)
    assert session.get_one(User, people.jonas.id, populate_existing=True).expert_until is None
    with pytest.raises(Forbidden):
        expertise.grant(people.jonas.id, tag.id, by=people.ana, now=now)


def test_only_admins_give_roles_and_one_stays(session: Session, people: People, now: datetime) -> None:
    with pytest.raises(Forbidden):
        roles.change(people.jonas.id, Role.STAFF, by=people.mo, now=now)
    roles.change(people.jonas.id, Role.STAFF, by=people.ada, now=now)
    assert session.get_one(User, people.jonas.id, populate_existing=True).role == "staff"
    with pytest.raises(Conflict):
        roles.change(people.ada.id, Role.STAFF, by=people.ada, now=now)
    assert acts(session) == ["person.role_changed"]


# --- policies -------------------------------------------------------------------------------------------------------------


def test_a_stricter_policy_is_previewed_then_spread(session: Session, people: People, now: datetime) -> None:
    tag = session.query(Tag).filter_by(name="broadband").one()
    ages = (1, 20, 40, 60, 80, 100)
    ids = [answer(ask(people.mo, now - age * DAY, title="A question of its own"), people.mo, now - age * DAY) for age in ages]
    wanted = Change(interval_days=30, grace_days=20, verifiers_needed=None, spread_days=10)
    seen = tag_policy.preview(tag.id, wanted, by=people.mo, now=now)
    assert (seen.answers, seen.newly_due, seen.newly_expired, seen.newly_fresh) == (6, 1, 3, 0)
    assert [session.get_one(Answer, number).best_before_at for number in ids] == [now + (90 - age) * DAY for age in ages]
    assert tag_policy.change(tag.id, wanted, by=people.mo, now=now), "all of them have followed"
    found = {age: session.get_one(Answer, number, populate_existing=True) for age, number in zip(ages, ids, strict=True)}
    assert found[1].best_before_at == now + 29 * DAY
    assert found[20].best_before_at == now + 10 * DAY
    for age in (40, 60, 80):
        assert now < found[age].best_before_at <= now + 10 * DAY, "late at once: spread over ten days"
        assert found[age].expires_at == found[age].best_before_at + 20 * DAY
    assert len({found[age].best_before_at for age in (40, 60, 80)}) == 3
    assert now < found[100].expires_at <= now + 10 * DAY
    assert state_at(found[100].best_before_at, found[100].expires_at, None, now) == State.DUE


def test_a_looser_policy_brings_nothing_back_by_itself(session: Session, people: People, now: datetime) -> None:
    tag = session.query(Tag).filter_by(name="broadband").one()
    late = answer(ask(people.marta, now - 100 * DAY), people.jonas, now - 100 * DAY)
    assert tag_policy.preview(tag.id, Change(365, None, None), by=people.mo, now=now).newly_fresh == 1
    tag_policy.change(tag.id, Change(365, None, None), by=people.mo, now=now)
    found = session.get_one(Answer, late, populate_existing=True)
    assert state_at(found.best_before_at, found.expires_at, None, now) == State.DUE


def test_a_policy_counts_for_what_comes_after(session: Session, people: People, now: datetime) -> None:
    tag = session.query(Tag).filter_by(name="broadband").one()
    tag_policy.change(tag.id, Change(10, 0, 2), by=people.mo, now=now)
    posted = session.get_one(Answer, answer(ask(people.marta, now), people.jonas, now))
    assert posted.best_before_at == posted.expires_at == now + 10 * DAY


@pytest.mark.parametrize(
    "change",
    [
        Change(0, None, None),
        Change(731, None, None),
        Change(None, -1, None),
        Change(None, None, 6),
        Change(None, None, None, 181),
    ],
)
def test_no_policy_out_of_range(session: Session, people: People, now: datetime, change: Change) -> None:
    tag = session.query(Tag).filter_by(name="broadband").one()
    with pytest.raises(Invalid):
        tag_policy.change(tag.id, change, by=people.mo, now=now)
    with pytest.raises(Forbidden):
        tag_policy.change(tag.id, Change(30, None, None), by=people.ana, now=now)
