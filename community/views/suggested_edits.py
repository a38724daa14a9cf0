"""Suggesting an edit, and deciding about it."""

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in
from app.errors import DomainError, Forbidden, Gone, Invalid
from community.moderation import suggested_edits
from community.queries import forms
from community.queries.forms import QuestionForm
from community.queries.preview import preview
from community.queries.suggested_edits import SuggestPage, answer_form, edit_page, edits_page, question_form
from community.views._web import ID, again, kept, number, problems, see, tell, typed

blueprint = Blueprint("suggested_edits", __name__)

HOME = "/suggested-edits"


@blueprint.get(HOME)
def index() -> str:
    """What waits for the viewer's decision, and what they suggested."""
    return render_template("suggested_edits/index.html", page=edits_page(signed_in(), clock.utcnow()))


@blueprint.get(f"{HOME}/<{ID}:suggestion_id>")
def show(suggestion_id: int) -> str:
    """What one suggestion changes."""
    page = edit_page(suggestion_id, signed_in(), clock.utcnow())
    return render_template("suggested_edits/show.html", page=page, errors={})


@blueprint.post(f"{HOME}/<{ID}:suggestion_id>/approval")
def approve(suggestion_id: int) -> Response:
    """Make the change."""
    suggested_edits.approve(suggestion_id, by=signed_in(), now=clock.utcnow())
    tell("The change is made.")
    return see(HOME)


@blueprint.delete(f"{HOME}/<{ID}:suggestion_id>")
def reject(suggestion_id: int) -> Response:
    """Do not take it, with a reason."""
    by = signed_in()
    try:
        suggested_edits.reject(suggestion_id, reason=typed("reason"), by=by, now=clock.utcnow())
    except Invalid as error:
        page = edit_page(suggestion_id, by, clock.utcnow())
        return again(error, "suggested_edits/show.html", page=page, errors=error.fields)
    tell("It is refused, and its author is told why.")
    return see(HOME)


@blueprint.post(f"{HOME}/<{ID}:suggestion_id>/withdrawal")
def withdraw(suggestion_id: int) -> Response:
    """Take one's own suggestion back."""
    suggested_edits.withdraw(suggestion_id, by=signed_in(), now=clock.utcnow())
    tell("Your suggestion is taken back.")
    return see(HOME)


@blueprint.get(f"/questions/<{ID}:question_id>/suggested-edits")
def new_for_question(question_id: int) -> str:
    """The form for a question."""
    page = question_form(question_id, request.args.get("from", type=int), signed_in(), clock.utcnow())
    return render_template("suggested_edits/new.html", page=page, form=page.start, suggestions=forms.suggestions())


@blueprint.get(f"/answers/<{ID}:answer_id>/suggested-edits")
def new_for_answer(answer_id: int) -> str:
    """The form for an answer."""
    page = answer_form(answer_id, request.args.get("from", type=int), signed_in(), clock.utcnow())
    return render_template("suggested_edits/new.html", page=page, form=page.start, suggestions=forms.suggestions())


@blueprint.post(f"/questions/<{ID}:question_id>/suggested-edits")
def suggest_for_question(question_id: int) -> Response:
    """Suggest; or, with the button "Preview", look at it first."""
    by, form = signed_in(), _typed()

    def send() -> int:
        return suggested_edits.suggest_question(
            question_id,
            title=form.title,
            body=form.body,
            tags_text=form.tags,
            summary=form.summary,
            revision=form.revision,
            by=by,
            now=clock.utcnow(),
        )

    return _suggest(form, send, lambda: question_form(question_id, None, by, clock.utcnow()))


@blueprint.post(f"/answers/<{ID}:answer_id>/suggested-edits")
def suggest_for_answer(answer_id: int) -> Response:
    """Suggest; or, with the button "Preview", look at it first."""
    by, form = signed_in(), _typed()

    def send() -> int:
        return suggested_edits.suggest_answer(
            answer_id, body=form.body, summary=form.summary, revision=form.revision, by=by, now=clock.utcnow()
        )

    return _suggest(form, send, lambda: answer_form(answer_id, None, by, clock.utcnow()))


def _suggest(form: QuestionForm, send: Callable[[], int], page: Callable[[], SuggestPage]) -> Response:
    if request.form.get("preview"):
        looked = replace(form, preview_html=preview(form.body))
        return make_response(
            render_template("suggested_edits/new.html", page=page(), form=looked, suggestions=forms.suggestions())
        )
    try:
        suggestion_id = send()
    except (Forbidden, Gone) as error:
        return kept(error, form.body)
    except DomainError as error:
        refused = replace(form, errors=problems(error))
        return again(error, "suggested_edits/new.html", page=page(), form=refused, suggestions=forms.suggestions())
    tell("Your suggestion waits for somebody who may edit. You will hear what they decide.")
    return see(f"{HOME}/{suggestion_id}")


def _typed() -> QuestionForm:
    return QuestionForm(
        title=typed("title"),
        body=typed("body"),
        tags=typed("tags"),
        summary=typed("summary"),
        revision=number(typed("revision")),
    )
