"""Votes on questions and answers."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in
from app.errors import TooMany
from app.security import limit
from community import votes
from community.queries import places
from community.views._web import ID, done, typed

blueprint = Blueprint("votes", __name__)

_VALUES = {"1": 1, "-1": -1}


def _voter() -> User:
    """Who votes, and not faster than anybody reads."""
    by = signed_in()
    try:
        limit("vote", f"person:{by.id}")
    except TooMany as error:
        raise TooMany(votes.TOO_FAST, error.retry_after) from error
    return by


@blueprint.post(f"/questions/<{ID}:question_id>/vote")
def cast_on_question(question_id: int) -> Response:
    """Vote a question up or down."""
    tally = votes.cast(_VALUES.get(typed("value"), 0), question_id=question_id, by=_voter(), now=clock.utcnow())
    return done(places.of_question(question_id), score=tally.score, mine=tally.mine)


@blueprint.delete(f"/questions/<{ID}:question_id>/vote")
def withdraw_from_question(question_id: int) -> Response:
    """Take the vote back."""
    tally = votes.withdraw(question_id=question_id, by=_voter(), now=clock.utcnow())
    return done(places.of_question(question_id), score=tally.score, mine=tally.mine)


@blueprint.post(f"/answers/<{ID}:answer_id>/vote")
def cast_on_answer(answer_id: int) -> Response:
    """Vote an answer up or down."""
    tally = votes.cast(_VALUES.get(typed("value"), 0), answer_id=answer_id, by=_voter(), now=clock.utcnow())
    return done(places.of_answer(answer_id), score=tally.score, mine=tally.mine)


@blueprint.delete(f"/answers/<{ID}:answer_id>/vote")
def withdraw_from_answer(answer_id: int) -> Response:
    """Take the vote back."""
    tally = votes.withdraw(answer_id=answer_id, by=_voter(), now=clock.utcnow())
    return done(places.of_answer(answer_id), score=tally.score, mine=tally.mine)
