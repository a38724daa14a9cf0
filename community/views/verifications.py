"""Saying what a check of an answer found."""

from collections.abc import Mapping

from flask import Blueprint, make_response, render_template
from markupsafe import Markup
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in, viewer
from app.error_pages import wants_json
from app.errors import DomainError, Gone, Invalid, NotFound
from community.freshness import verification
from community.freshness.archive import archive_in_check
from community.queries import places
from community.queries.check_page import check_page, is_old_text
from community.queries.preview import preview
from community.queries.review import review_page
from community.views._web import ID, again, done, kept, number, problems, reference, tell, typed
from community.views.review import go_on

blueprint = Blueprint("verifications", __name__)

FIELDS = ("outcome", "release", "evidence", "note", "body", "successor", "round", "revision", "item")
_SAID = {
    "right": "Kept as current. Thank you for checking.",
    "repaired": "Repaired and current again. Thank you for checking.",
    "wrong": "It is not shown as current any more. Thank you for checking.",
    "unsure": "Noted. The next person will look at it.",
    "archive": "The answer is archived.",
}


@blueprint.post(f"/answers/<{ID}:answer_id>/verifications")
def post(answer_id: int) -> Response:
    """Still right; wrong, here is the repair; wrong; cannot tell; or archive. On to the next answer for who works through the
    queue (`item`). With the button "Preview", look at the repair first."""
    values = {name: typed(name) for name in FIELDS}
    if typed("preview"):
        return _shown(answer_id, values, {}, preview_html=preview(values["body"]))
    try:
        state, words, undo = _act(answer_id, values, signed_in())
    except DomainError as error:
        return _refused(answer_id, values, error)
    tell(words, act=undo)
    if values["item"] and not wants_json():
        return go_on(signed_in())
    return done(places.of_answer(answer_id), state=state)


def _refused(answer_id: int, values: dict[str, str], error: DomainError) -> Response:
    """The form once more, with what was typed; where the answer itself is gone, what was written of it."""
    if wants_json():
        raise error
    if is_old_text(answer_id, number(values["revision"]), values["body"]):
        # Nobody wrote in the field for the repair: it shows the text as it is now.
        values = values | {"body": ""}
    try:
        return _shown(answer_id, values, problems(error), error)
    except (Gone, NotFound):
        return kept(error, "\n\n".join(filter(None, (values["note"], values["body"]))))


def _shown(
    answer_id: int,
    values: dict[str, str],
    errors: Mapping[str, str],
    error: DomainError | None = None,
    preview_html: Markup | str = "",
) -> Response:
    """The page the form was on: that of the queue for who holds the answer, which shows what they hold."""
    person, now = viewer(), clock.utcnow()
    typed_in = {"values": values, "errors": errors, "preview_html": preview_html}
    template, page = "answers/check.html", None
    if person is not None:
        held = review_page(person, now, answer_id)
        if held.assignment_id is not None:
            template, page = "review/index.html", held
    shown = page or check_page(answer_id, person, now, values["round"])
    if error is None:
        return make_response(render_template(template, page=shown, **typed_in))
    return again(error, template, page=shown, **typed_in)


def _act(answer_id: int, values: dict[str, str], person: User) -> tuple[str, str, tuple[str, str] | None]:
    """The state that came of it, what the person is told, and by what they can take it back."""
    outcome, now = values["outcome"], clock.utcnow()
    if outcome == "archive":
        successor_id = reference(values["successor"], "answer", "successor")
        try:
            archive_in_check(answer_id, reason=values["note"], successor_id=successor_id, by=person, now=now)
        except Invalid as error:
            # This form asks for the reason in its field for notes.
            raise Invalid({"note" if name == "reason" else name: words for name, words in error.fields.items()}) from None
        return "archived", _SAID[outcome], None
    if any(values[name] and number(values[name]) is None for name in ("round", "revision")):
        raise Invalid({"": "The form was not complete. Reload the page and check once more."})
    found = verification.verify(
        answer_id,
        outcome,
        release=values["release"],
        evidence=values["evidence"],
        note=values["note"],
        body=values["body"] if outcome == "repaired" else "",
        round=number(values["round"]),
        revision=number(values["revision"]),
        by=person,
        now=now,
    )
    undo = (f"/review/items/{found.assignment_id}/undoing", "Undo")
    if found.more_needed:
        more = "One more person has" if found.more_needed == 1 else f"{found.more_needed} more people have"
        return found.state, f"Noted. {more} to find it right before it is current again.", undo
    return found.state, _SAID[outcome], undo
