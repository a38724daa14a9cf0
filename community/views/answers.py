"""Answering, editing answers, and accepting them."""

from dataclasses import replace

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in, viewer
from app.errors import DomainError, Forbidden, Gone
from community import acceptance, answers
from community.queries import forms, places
from community.queries.forms import PostForm
from community.queries.preview import preview
from community.queries.question_objects import AnswerForm
from community.views._web import ID, again, done, kept, number, problems, see, tell, typed
from community.views.questions import shown

blueprint = Blueprint("answers", __name__)


@blueprint.get(f"/answers/<{ID}:answer_id>")
def show(answer_id: int) -> Response:
    """Where the answer stands, or what took its place; `?stay=1` is the way back to the old text."""
    return redirect(places.of_answer_for(answer_id, viewer(), clock.utcnow(), stay="stay" in request.args))


@blueprint.post(f"/questions/<{ID}:question_id>/answers")
def post(question_id: int) -> Response:
    """Answer; or, with the button "Preview", look at it first. A refusal brings the page back with the text in it."""
    form = AnswerForm(body=typed("body"), official=bool(typed("official")))
    if request.form.get("preview"):
        return shown(question_id, viewer(), replace(form, preview_html=preview(form.body)))
    try:
        answer_id = answers.post(question_id, body=form.body, official=form.official, by=signed_in(), now=clock.utcnow())
    except Gone as error:
        return kept(error, form.body)
    except DomainError as error:
        return shown(question_id, viewer(), replace(form, errors=problems(error)), error)
    tell("Your answer is posted. It carries a best-before date from now on.")
    return see(places.of_answer(answer_id))


@blueprint.get(f"/answers/<{ID}:answer_id>/edit")
def edit_form(answer_id: int) -> str:
    """The form to edit with."""
    edit = forms.answer_edit(answer_id, viewer(), clock.utcnow())
    return render_template("answers/edit.html", edit=edit, form=edit.stored)


@blueprint.post(f"/answers/<{ID}:answer_id>/revisions")
def edit(answer_id: int) -> Response:
    """Edit: a new revision. With the button "Preview", look at it first."""
    form = PostForm(body=typed("body"), summary=typed("summary"), revision=number(typed("revision")))
    if request.form.get("preview"):
        edit = forms.answer_edit(answer_id, viewer(), clock.utcnow())
        looked = replace(form, preview_html=preview(form.body))
        return make_response(render_template("answers/edit.html", edit=edit, form=looked))
    try:
        answers.edit(
            answer_id,
            body=form.body,
            summary=form.summary,
            revision=form.revision,
            by=signed_in(),
            now=clock.utcnow(),
        )
    except (Forbidden, Gone) as error:
        return kept(error, form.body)
    except DomainError as error:
        stands = forms.answer_edit(answer_id, viewer(), clock.utcnow())
        return again(error, "answers/edit.html", edit=stands, form=replace(form, errors=problems(error)))
    return see(places.of_answer(answer_id))


@blueprint.post(f"/answers/<{ID}:answer_id>/acceptance")
def accept(answer_id: int) -> Response:
    """This solved it. `instead_of` names the answer that was accepted so far, as the page showed it."""
    acceptance.accept(answer_id, instead_of=number(typed("instead_of")), by=signed_in(), now=clock.utcnow())
    return done(places.of_answer(answer_id), accepted=True)


@blueprint.delete(f"/answers/<{ID}:answer_id>/acceptance")
def withdraw_acceptance(answer_id: int) -> Response:
    """It did not solve it after all."""
    acceptance.withdraw(answer_id, by=signed_in(), now=clock.utcnow())
    return done(places.of_answer(answer_id), accepted=False)
