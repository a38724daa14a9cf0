"""Saying what a check of an answer found."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in, viewer
from app.errors import DomainError, Invalid
from community.freshness import archive
from community.freshness.verification import verify
from community.queries import places
from community.queries.check_page import check_page
from community.views._web import ID, again, came_from, done, number, problems, reference, tell, typed

blueprint = Blueprint("verifications", __name__)

FIELDS = ("outcome", "release", "evidence", "note", "body", "successor", "round")
_SAID = {
    "right": "Kept as current. Thank you for checking.",
    "repaired": "Repaired and current again. Thank you for checking.",
    "wrong": "It is not shown as current any more. Thank you for checking.",
    "unsure": "Noted. The next person will look at it.",
    "archive": "The answer is archived.",
}


@blueprint.post(f"/answers/<{ID}:answer_id>/verifications")
def post(answer_id: int) -> Response:
    """Still right; wrong, here is the repair; wrong; cannot tell; or archive. On in the queue for who came from there."""
    values = {name: typed(name) for name in FIELDS}
    try:
        state, words = _act(answer_id, values, signed_in())
    except DomainError as error:
        page = check_page(answer_id, viewer(), clock.utcnow(), values["round"])
        return again(error, "answers/check.html", page=page, values=values, errors=problems(error))
    tell(words)
    return done(_back(answer_id), state=state)


def _back(answer_id: int) -> str:
    """On in the queue for who works through it; to the answer for who came for this one, or it would be asked again at once."""
    answer = places.of_answer(answer_id)
    back = came_from("/review", answer)
    return answer if "answer=" in back else back


def _act(answer_id: int, values: dict[str, str], person: User) -> tuple[str, str]:
    """The state that came of it, and what the person is told."""
    outcome, now = values["outcome"], clock.utcnow()
    if outcome == "archive":
        successor_id = reference(values["successor"], "answer", "successor")
        try:
            archive.archive(answer_id, reason=values["note"], successor_id=successor_id, by=person, now=now)
        except Invalid as error:
            # This form asks for the reason in its field for notes.
            raise Invalid({"note" if name == "reason" else name: words for name, words in error.fields.items()}) from None
        return "archived", _SAID[outcome]
    if values["round"] and number(values["round"]) is None:
        raise Invalid({"": "The form was not complete. Reload the page and check once more."})
    found = verify(
        answer_id,
        outcome,
        release=values["release"],
        evidence=values["evidence"],
        note=values["note"],
        body=values["body"] if outcome == "repaired" else "",
        round=number(values["round"]),
        by=person,
        now=now,
    )
    if found.more_needed:
        more = "One more person has" if found.more_needed == 1 else f"{found.more_needed} more people have"
        return found.state, f"Noted. {more} to find it right before it is current again."
    return found.state, _SAID[outcome]
