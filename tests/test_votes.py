"""Votes: casting, taking back, the limits, and what they pay."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, Invalid, TooMany
from community import answers, votes
from community.models import Vote
from community.moderation import removal
from reputation.points import DAILY_CAP, PRICES, STARTING_REPUTATION
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.people import People, person
from tests.stories import (
    answer,
    answered,
    ask,
    browser,
    entries,
    person_here,
    reload_answer,
    reload_question,
    reputation,
)

SCRIPT = {"Accept": "application/json"}


def standing(session: Session) -> list[tuple[int, int]]:
    """Who votes how, without what was withdrawn."""
    session.rollback()
    rows = session.execute(select(Vote.voter_id, Vote.value).where(Vote.withdrawn_at.is_(None)).order_by(Vote.id))
    return [(voter, value) for voter, value in rows]


# --- works --------------------------------------------------------------------------------------------------------------


def test_a_vote_in_place(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    marta = browser(app, people.marta)
    done = marta.post(f"/answers/{answer_id}/vote", data={"value": "1"}, headers=SCRIPT)
    assert (done.status_code, done.json) == (200, {"score": 1, "mine": 1})
    assert reload_answer(session, answer_id).score == 1
    page = marta.get(f"/answers/{answer_id}", follow_redirects=True).text
    assert f'aria-pressed="true" formaction="/answers/{answer_id}/vote?_method=DELETE"' in page
    back = marta.post(f"/answers/{answer_id}/vote?_method=DELETE", headers=SCRIPT)
    assert back.json == {"score": 0, "mine": 0}
    assert standing(session) == []
    asked = browser(app, people.jonas).post(f"/questions/{question_id}/vote", data={"value": "1"}, headers=SCRIPT)
    assert asked.json == {"score": 1, "mine": 1}


def test_a_vote_without_scripts_comes_back_to_the_post(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    url = f"/questions/{question_id}/my-router-drops-the-wi-fi-every-evening"
    marta, jonas = browser(app, people.marta), browser(app, people.jonas)
    voted = marta.post(f"/answers/{answer_id}/vote", data={"value": "1"})
    assert (voted.status_code, voted.location) == (303, f"{url}#answer-{answer_id}")
    voted = jonas.post(f"/questions/{question_id}/vote", data={"value": "1"})
    assert (voted.status_code, voted.location) == (303, url)
    assert jonas.delete(f"/questions/{question_id}/vote").location == url


@pytest.mark.parametrize(
    ("value", "on", "author", "voter"),
    [
        (1, "answer", [("answer_upvoted", 10)], []),
        (-1, "answer", [("answer_downvoted", -2)], [("downvoting", -1)]),
        (1, "question", [("question_upvoted", 5)], []),
        (-1, "question", [("question_downvoted", -2)], []),
    ],
)
def test_what_a_vote_pays(
    people: People,
    session: Session,
    now: datetime,
    value: int,
    on: str,
    author: list[tuple[str, int]],
    voter: list[tuple[str, int]],
) -> None:
    question_id, answer_id = answered(people, now)
    who = people.jonas if on == "answer" else people.marta
    post = {"answer_id": answer_id} if on == "answer" else {"question_id": question_id}
    votes.cast(value, by=people.ana, now=now, **post)
    assert (entries(session, who), entries(session, people.ana)) == (author, voter)
    assert all(points == PRICES[reason].points for reason, points in author + voter)
    votes.withdraw(by=people.ana, now=now, **post)
    assert reputation(session, who) == reputation(session, people.ana) == STARTING_REPUTATION
    votes.cast(value, by=people.ana, now=now, **post)
    assert reputation(session, who) == STARTING_REPUTATION + sum(points for _, points in author)
    assert len(entries(session, who)) == 3


def test_the_same_vote_again_changes_nothing(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    for _ in range(3):
        assert votes.cast(1, answer_id=answer_id, by=people.marta, now=now).score == 1
    assert standing(session) == [(people.marta.id, 1)]
    assert entries(session, people.jonas) == [("answer_upvoted", 10)]


def test_the_other_vote_takes_the_first_back(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    tally = votes.cast(-1, answer_id=answer_id, by=people.ana, now=now)
    assert (tally.score, tally.mine) == (-1, -1)
    assert entries(session, people.jonas) == [("answer_upvoted", 10), ("reversal", -10), ("answer_downvoted", -2)]
    assert standing(session) == [(people.ana.id, -1)]


def test_the_better_answer_leads(people: People, session: Session, now: datetime) -> None:
    question_id, first = answered(people, now)
    second = answer(question_id, people.ana, now)
    assert reload_question(session, question_id).lead_answer_id == first
    votes.cast(1, answer_id=second, by=people.marta, now=now)
    assert reload_question(session, question_id).lead_answer_id == second


def test_a_removed_posts_votes_pay_again_when_it_is_back(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    votes.cast(1, answer_id=answer_id, by=people.marta, now=now)
    votes.cast(-1, answer_id=answer_id, by=people.ana, now=now)
    removal.remove_answer(answer_id, reason="Wrong place", by=people.mo, now=now)
    assert reputation(session, people.jonas) == reputation(session, people.ana) == STARTING_REPUTATION
    removal.restore_answer(answer_id, by=people.mo, now=now)
    assert (reputation(session, people.jonas), reputation(session, people.ana)) == (9, 0)
    votes.withdraw(answer_id=answer_id, by=people.ana, now=now)
    assert (reputation(session, people.jonas), reputation(session, people.ana)) == (11, 1)


# --- limits -------------------------------------------------------------------------------------------------------------


def test_a_vote_can_be_taken_back_for_a_day_and_after_an_edit(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    votes.cast(1, answer_id=answer_id, by=people.marta, now=now)
    late = now + votes.TAKE_BACK_WITHIN + timedelta(seconds=1)
    with pytest.raises(Conflict, match="for a day"):
        votes.withdraw(answer_id=answer_id, by=people.marta, now=late)
    assert standing(session) == [(people.marta.id, 1)]
    answers.edit(answer_id, body="Something else altogether.", by=people.jonas, now=late)
    assert votes.withdraw(answer_id=answer_id, by=people.marta, now=late + timedelta(minutes=1)).score == 0


@on_sqlite
def test_one_persons_posts_get_six_votes_up_a_day_from_one_voter(people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    numbers = [answer(question_id, people.jonas, now) for _ in range(votes.UP_VOTES_PER_PAIR + 1)]
    for number in numbers[:-1]:
        votes.cast(1, answer_id=number, by=people.marta, now=now)
    with pytest.raises(TooMany, match="up 6 times today"):
        votes.cast(1, answer_id=numbers[-1], by=people.marta, now=now)
    votes.cast(1, answer_id=numbers[-1], by=people.marta, now=now + timedelta(days=1))
    assert reputation(session, people.jonas) == 71


@on_sqlite
def test_one_persons_posts_get_three_votes_down_a_day_from_one_voter(people: People, now: datetime) -> None:
    question_id = ask(people.marta, now)
    numbers = [answer(question_id, people.jonas, now) for _ in range(votes.DOWN_VOTES_PER_PAIR + 1)]
    for number in numbers[:-1]:
        votes.cast(-1, answer_id=number, by=people.ana, now=now)
    with pytest.raises(TooMany, match="down 3 times today"):
        votes.cast(-1, answer_id=numbers[-1], by=people.ana, now=now)


@on_sqlite
def test_there_are_thirty_votes_a_day(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    authors = [person(f"Author {number}", now) for number in range(6)]
    session.add_all(authors)
    session.commit()
    question_id = ask(people.ana, now)
    numbers = [answer(question_id, author, now) for author in authors for _ in range(6)]
    early = now - timedelta(minutes=10)
    for number in numbers[: votes.FAST]:
        votes.cast(1, answer_id=number, by=people.marta, now=early)
    with pytest.raises(TooMany, match="faster than anybody reads"):
        votes.cast(1, answer_id=numbers[votes.FAST], by=people.marta, now=early + votes.FAST_WITHIN / 2)
    for place, number in enumerate(numbers[votes.FAST : votes.VOTES_A_DAY]):
        votes.cast(1, answer_id=number, by=people.marta, now=early + (1 + place // votes.FAST) * votes.FAST_WITHIN)
    refused = browser(app, people.marta).post(f"/answers/{numbers[30]}/vote", data={"value": "1"}, headers=SCRIPT)
    assert refused.status_code == 429
    assert refused.json == {"error": "You have cast 30 votes today, which is the most. Come back tomorrow."}


@on_sqlite
def test_a_day_brings_two_hundred_points_from_votes_at_most(people: People, session: Session, now: datetime) -> None:
    voters = [person(f"Voter {number}", now) for number in range(22)]
    session.add_all(voters)
    session.commit()
    _, answer_id = answered(people, now)
    for voter in voters:
        votes.cast(1, answer_id=answer_id, by=voter, now=now)
    assert reputation(session, people.jonas) == STARTING_REPUTATION + DAILY_CAP
    assert reload_answer(session, answer_id).score == 22


# --- method and person --------------------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize("value", ["", "0", "2", "-2", "up", "1.0", "٣"])
def test_a_vote_is_up_or_down(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime, value: str
) -> None:
    _, answer_id = answered(people, now)
    refused = browser(app, people.marta).post(f"/answers/{answer_id}/vote", data={"value": value}, headers=SCRIPT)
    assert (refused.status_code, refused.json) == (422, {"error": "A vote is up or down."})
    with pytest.raises(Invalid):
        votes.cast(0, answer_id=answer_id, by=people.marta, now=now)


def test_who_may_vote(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    up, down = {"value": "1"}, {"value": "-1"}
    signed_out = client.post(f"/answers/{answer_id}/vote", data=up, headers=SCRIPT)
    assert (signed_out.status_code, signed_out.json) == (401, {"error": "Sign in first."})
    jonas, marta = browser(app, people.jonas), browser(app, people.marta)
    assert jonas.post(f"/answers/{answer_id}/vote", data=up).status_code == 403, "his own"
    assert marta.post(f"/questions/{question_id}/vote", data=up).status_code == 403, "her own"
    assert marta.post(f"/answers/{answer_id}/vote", data=down).status_code == 403, "50 reputation"
    assert marta.post("/answers/99/vote", data=up).status_code == 404
    people.ana.email_confirmed_at = None
    session.commit()
    with pytest.raises(Forbidden, match="Confirm your mail address first"):
        votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    assert standing(session) == []


def test_a_page_shows_who_cannot_vote_the_score_alone(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    form = f'<form class="v" method="post" action="/answers/{answer_id}/vote">'
    where = f"/answers/{answer_id}"
    assert form not in browser(app, people.jonas).get(where, follow_redirects=True).text
    assert form in browser(app, people.marta).get(where, follow_redirects=True).text
    assert form in client.get(where, follow_redirects=True).text, "pressing it leads to the sign-in page"


# --- at once ------------------------------------------------------------------------------------------------------------


def test_one_person_in_forty_windows_has_one_vote(app: Flask, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    marta_id = people.marta.id
    session.rollback()
    results = at_once(app, 40, lambda _: votes.cast(1, answer_id=answer_id, by=person_here(marta_id), now=now))
    assert results == [votes.Tally(1, 1)] * 40
    assert standing(session) == [(marta_id, 1)]
    assert reload_answer(session, answer_id).score == 1
    assert entries(session, people.jonas) == [("answer_upvoted", 10)]


def test_up_and_down_and_back_at_once_leave_what_the_rows_say(
    app: Flask, people: People, session: Session, now: datetime
) -> None:
    _, answer_id = answered(people, now)
    ana_id = people.ana.id
    session.rollback()

    def act(number: int) -> object:
        by = person_here(ana_id)
        if number % 3 == 2:
            return votes.withdraw(answer_id=answer_id, by=by, now=now)
        return votes.cast((1, -1)[number % 3], answer_id=answer_id, by=by, now=now)

    results = at_once(app, 30, act)
    assert [result for result in results if not isinstance(result, votes.Tally | TooMany)] == []
    mine = standing(session)
    assert len(mine) <= 1
    score = sum(value for _, value in mine)
    assert reload_answer(session, answer_id).score == score
    assert reputation(session, people.jonas) == STARTING_REPUTATION + {1: 10, 0: 0, -1: -2}[score]
    assert reputation(session, people.ana) == STARTING_REPUTATION + {1: 0, 0: 0, -1: -1}[score]


def test_forty_people_vote_at_once(app: Flask, people: People, session: Session, now: datetime) -> None:
    voters = [person(f"Voter {number}", now) for number in range(40)]
    session.add_all(voters)
    session.commit()
    numbers = [voter.id for voter in voters]
    _, answer_id = answered(people, now)
    session.rollback()
    at_once(app, 40, lambda n: votes.cast(1, answer_id=answer_id, by=person_here(numbers[n]), now=now))
    assert reload_answer(session, answer_id).score == 40
    assert session.execute(select(func.count()).select_from(Vote)).scalar_one() == 40
    assert reputation(session, people.jonas) == STARTING_REPUTATION + DAILY_CAP, "the cap is exact whatever comes at once"
