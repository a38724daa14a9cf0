"""What people say of a question without writing: me too, follow, how easy it was, and that staff have seen it."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in
from community import interest
from community.desk import acknowledgement
from community.queries import places
from community.queries.tallies import followers_of
from community.views._web import ID, done, number, tell, typed

blueprint = Blueprint("interest", __name__)


@blueprint.post(f"/questions/<{ID}:question_id>/me-too")
def me_too(question_id: int) -> Response:
    """I have this too."""
    count = interest.me_too(question_id, release=typed("release"), by=signed_in(), now=clock.utcnow())
    return done(places.of_question(question_id), on=True, count=count)


@blueprint.delete(f"/questions/<{ID}:question_id>/me-too")
def withdraw_me_too(question_id: int) -> Response:
    """I do not have it any more."""
    count = interest.withdraw_me_too(question_id, by=signed_in(), now=clock.utcnow())
    return done(places.of_question(question_id), on=False, count=count)


@blueprint.post(f"/questions/<{ID}:question_id>/follow")
def follow(question_id: int) -> Response:
    """Tell me what happens to it."""
    interest.follow(question_id, by=signed_in(), now=clock.utcnow())
    return done(places.of_question(question_id), on=True, count=followers_of(question_id))


@blueprint.delete(f"/questions/<{ID}:question_id>/follow")
def unfollow(question_id: int) -> Response:
    """Tell me no more of it."""
    interest.unfollow(question_id, by=signed_in(), now=clock.utcnow())
    return done(places.of_question(question_id), on=False, count=followers_of(question_id))


@blueprint.post(f"/questions/<{ID}:question_id>/effort")
def rate_effort(question_id: int) -> Response:
    """How easy it was, 1 (hard) to 5 (easy)."""
    score = number(typed("score")) or 0
    interest.rate_effort(question_id, score, by=signed_in(), now=clock.utcnow())
    tell("Thank you for telling us.")
    return done(places.of_question(question_id), score=score)


@blueprint.post(f"/questions/<{ID}:question_id>/acknowledgement")
def acknowledge(question_id: int) -> Response:
    """Staff have seen it."""
    acknowledgement.acknowledge(question_id, by=signed_in(), now=clock.utcnow())
    return done(places.of_question(question_id), seen=True)
