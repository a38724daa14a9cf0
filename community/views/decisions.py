"""Decisions about a post: archiving an answer, closing a question, removing either, and undoing each.

Each begins in a small form on the question's page; one that is refused comes back as a page of its own with what was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in
from app.errors import Invalid
from community.freshness import archive
from community.moderation import closing, removal
from community.queries import places
from community.views._web import ID, again, done, problems, reference, tell, typed

blueprint = Blueprint("decisions", __name__)


@dataclass(frozen=True)
class Decision:
    """A decision that was refused, as its page shows it."""

    heading: str
    action: str
    button: str
    back: str
    values: Mapping[str, str]
    errors: Mapping[str, str]
    asks: frozenset[str]
    """Which fields beside the reason: "successor", "closing"."""
    reasons: Mapping[str, str] = field(default_factory=lambda: closing.REASONS)


@blueprint.post(f"/answers/<{ID}:answer_id>/archive")
def archive_answer(answer_id: int) -> Response:
    """Archive an answer, with or without one that takes its place."""
    person, reason, successor = signed_in(), typed("reason"), typed("successor")
    try:
        successor_id = reference(successor, "answer", "successor")
        archive.archive(answer_id, reason=reason, successor_id=successor_id, by=person, now=clock.utcnow())
    except Invalid as error:
        values = {"reason": reason, "successor": successor}
        return _refused(error, "Archive this answer", "Archive the answer", places.of_answer(answer_id), values, "successor")
    tell("The answer is archived. It keeps its address and its points.")
    return done(places.of_answer(answer_id), state="archived")


@blueprint.delete(f"/answers/<{ID}:answer_id>/archive")
def restore_archived(answer_id: int) -> Response:
    """Take an answer out of the archive."""
    archive.restore(answer_id, reason=typed("reason"), by=signed_in(), now=clock.utcnow())
    tell("The answer is back. It is past its date until somebody checks it.")
    return done(places.of_answer(answer_id), state="due")


@blueprint.post(f"/questions/<{ID}:question_id>/closure")
def close(question_id: int) -> Response:
    """Close a question; a duplicate names the one that was asked before."""
    person, note = signed_in(), typed("note")
    reason, target = typed("reason"), typed("duplicate_of")
    try:
        duplicate_of = reference(target, "question", "duplicate_of")
        closing.close(question_id, reason=reason, note=note, duplicate_of=duplicate_of, by=person, now=clock.utcnow())
    except Invalid as error:
        values = {"reason": reason, "note": note, "duplicate_of": target}
        back = places.of_question(question_id)
        return _refused(error, "Close this question", "Close the question", back, values, "closing")
    tell("The question is closed. It stays readable.")
    return done(places.of_question(question_id), closed=True)


@blueprint.delete(f"/questions/<{ID}:question_id>/closure")
def reopen(question_id: int) -> Response:
    """Open a closed question again."""
    closing.reopen(question_id, by=signed_in(), now=clock.utcnow())
    tell("The question is open again.")
    return done(places.of_question(question_id), closed=False)


@blueprint.post(f"/questions/<{ID}:question_id>/removal")
def remove_question(question_id: int) -> Response:
    """Take a question away."""
    person, reason = signed_in(), typed("reason")
    try:
        removal.remove_question(question_id, reason=reason, by=person, now=clock.utcnow())
    except Invalid as error:
        back = places.of_question(question_id)
        return _refused(error, "Remove this question", "Remove the question", back, {"reason": reason})
    tell("The question is removed.")
    return done(places.of_question(question_id) if person.is_moderator else "/", removed=True)


@blueprint.delete(f"/questions/<{ID}:question_id>/removal")
def restore_question(question_id: int) -> Response:
    """Give a removed question back."""
    removal.restore_question(question_id, reason=typed("reason"), by=signed_in(), now=clock.utcnow())
    tell("The question is back, and so are the points it brought.")
    return done(places.of_question(question_id), removed=False)


@blueprint.post(f"/answers/<{ID}:answer_id>/removal")
def remove_answer(answer_id: int) -> Response:
    """Take an answer away."""
    person, reason = signed_in(), typed("reason")
    try:
        removal.remove_answer(answer_id, reason=reason, by=person, now=clock.utcnow())
    except Invalid as error:
        back = places.of_answer(answer_id)
        return _refused(error, "Remove this answer", "Remove the answer", back, {"reason": reason})
    tell("The answer is removed.")
    return done(places.of_answer(answer_id), removed=True)


@blueprint.delete(f"/answers/<{ID}:answer_id>/removal")
def restore_answer(answer_id: int) -> Response:
    """Give a removed answer back."""
    removal.restore_answer(answer_id, reason=typed("reason"), by=signed_in(), now=clock.utcnow())
    tell("The answer is back, and so are the points it brought.")
    return done(places.of_answer(answer_id), removed=False)


def _refused(error: Invalid, heading: str, button: str, back: str, values: Mapping[str, str], *asks: str) -> Response:
    decision = Decision(heading, request.path, button, back, values, problems(error), frozenset(asks))
    return again(error, "questions/decision.html", decision=decision)
