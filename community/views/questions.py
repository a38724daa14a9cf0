"""Asking, reading and editing questions."""

from dataclasses import replace

from flask import Blueprint, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in, viewer
from app.errors import DomainError, Forbidden, Gone
from community import policy, questions
from community.queries import forms, places
from community.queries.forms import QuestionForm
from community.queries.preview import preview
from community.queries.question_objects import AnswerForm
from community.queries.question_page import question_page
from community.views._web import ID, again, kept, number, problems, see, shows, tell, typed

blueprint = Blueprint("questions", __name__)


@blueprint.get("/questions/new")
def new() -> str:
    """The form to ask with; a title or tags may come with the address."""
    policy.require(viewer(), "ask", None, clock.utcnow())
    given = request.args.get
    form = QuestionForm(
        title=given("title", ""), tags=given("tags", ""), product=given("product", ""), release=given("release", "")
    )
    return render_template("questions/new.html", form=form, suggestions=forms.suggestions())


@blueprint.post("/questions")
def ask() -> Response:
    """Ask; or, with the button "Preview", look at it first."""
    form = _typed()
    if request.form.get("preview"):
        shown = replace(form, preview_html=preview(form.body))
        return make_response(render_template("questions/new.html", form=shown, suggestions=forms.suggestions()))
    try:
        question_id = questions.ask(
            title=form.title,
            body=form.body,
            tags_text=form.tags,
            product=form.product,
            release=form.release,
            by=signed_in(),
            now=clock.utcnow(),
        )
    except DomainError as error:
        refused = replace(form, errors=problems(error))
        return again(error, "questions/new.html", form=refused, suggestions=forms.suggestions())
    tell("Your question is posted. You will hear when somebody answers.")
    return see(places.of_question(question_id))


@blueprint.get(f"/questions/<{ID}:question_id>")
@blueprint.get(f"/questions/<{ID}:question_id>/<slug>")
def show(question_id: int, slug: str = "") -> Response:
    """A question with its answers. Another slug than the title's leads to the right one."""
    return shown(question_id, viewer(), AnswerForm())


def shown(question_id: int, person: User | None, form: AnswerForm, error: DomainError | None = None) -> Response:
    """The page, with an answer being written in it; after a refusal under that status."""
    page = question_page(question_id, person, clock.utcnow())
    if request.method in ("GET", "HEAD"):
        if request.path != page.question.url:
            query = f"?{request.query_string.decode()}" if request.query_string else ""
            return redirect(page.question.url + query, 301)
        shows(*page.depends_on, question_id=question_id)
        g.page_valid_until = page.valid_until
    page = replace(page, form=form)
    if error is not None:
        return again(error, "questions/show.html", page=page)
    return make_response(render_template("questions/show.html", page=page))


@blueprint.get(f"/questions/<{ID}:question_id>/edit")
def edit_form(question_id: int) -> str:
    """The form to edit with."""
    edit = forms.question_edit(question_id, viewer(), clock.utcnow())
    return render_template("questions/edit.html", edit=edit, form=edit.stored, suggestions=forms.suggestions())


@blueprint.post(f"/questions/<{ID}:question_id>/revisions")
def edit(question_id: int) -> Response:
    """Edit: a new revision. With the button "Preview", look at it first."""
    form = replace(_typed(), summary=typed("summary"), revision=number(typed("revision")))
    if request.form.get("preview"):
        edit = forms.question_edit(question_id, viewer(), clock.utcnow())
        looked = replace(form, preview_html=preview(form.body))
        return make_response(render_template("questions/edit.html", edit=edit, form=looked, suggestions=forms.suggestions()))
    try:
        questions.edit(
            question_id,
            title=form.title,
            body=form.body,
            tags_text=form.tags,
            product=form.product,
            release=form.release,
            summary=form.summary,
            revision=form.revision,
            by=signed_in(),
            now=clock.utcnow(),
        )
    except (Forbidden, Gone) as error:
        return kept(error, form.body)
    except DomainError as error:
        stands = forms.question_edit(question_id, viewer(), clock.utcnow())
        refused = replace(form, errors=problems(error))
        return again(error, "questions/edit.html", edit=stands, form=refused, suggestions=forms.suggestions())
    return see(places.of_question(question_id))


def _typed() -> QuestionForm:
    return QuestionForm(
        title=typed("title"),
        body=typed("body"),
        tags=typed("tags"),
        product=typed("product"),
        release=typed("release"),
    )
