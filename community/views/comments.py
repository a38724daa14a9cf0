"""Comments: adding, editing, removing, restoring."""

from dataclasses import replace

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in, viewer
from app.errors import DomainError
from community import comments
from community.moderation import removal
from community.queries import forms, places
from community.queries.forms import PostForm
from community.queries.tallies import report_offer
from community.views._web import ID, again, done, problems, see, typed

blueprint = Blueprint("comments", __name__)


@blueprint.post(f"/questions/<{ID}:question_id>/comments")
def add_to_question(question_id: int) -> Response:
    """Comment on a question."""
    form = PostForm(body=typed("body"))
    try:
        comment_id = comments.add(body=form.body, question_id=question_id, by=signed_in(), now=clock.utcnow())
    except DomainError as error:
        return _refused(error, form, f"/questions/{question_id}/comments", places.of_question(question_id))
    return see(places.of_comment(comment_id))


@blueprint.post(f"/answers/<{ID}:answer_id>/comments")
def add_to_answer(answer_id: int) -> Response:
    """Comment on an answer."""
    form = PostForm(body=typed("body"))
    try:
        comment_id = comments.add(body=form.body, answer_id=answer_id, by=signed_in(), now=clock.utcnow())
    except DomainError as error:
        return _refused(error, form, f"/answers/{answer_id}/comments", places.of_answer(answer_id))
    if report_offer(comment_id, viewer(), clock.utcnow()) is not None:
        return see(f"/comments/{comment_id}/report")
    return see(places.of_comment(comment_id))


@blueprint.get(f"/comments/<{ID}:comment_id>/report")
def offer_report(comment_id: int) -> str | Response:
    """Ask the writer of a comment that sounds as if its answer is out of date whether to report it. Nothing is counted unless
    they say so; whoever else comes here goes on to the comment."""
    offer = report_offer(comment_id, viewer(), clock.utcnow())
    if offer is None:
        return see(places.of_comment(comment_id))
    return render_template("answers/report.html", offer=offer)


@blueprint.get(f"/comments/<{ID}:comment_id>/edit")
def edit_form(comment_id: int) -> str:
    """The form to edit with."""
    edit = forms.comment_edit(comment_id, viewer(), clock.utcnow())
    return render_template("questions/comment.html", form=edit.stored, action=f"/comments/{comment_id}", back=edit.url)


@blueprint.post(f"/comments/<{ID}:comment_id>")
def edit(comment_id: int) -> Response:
    """Change a comment."""
    form = PostForm(body=typed("body"))
    try:
        comments.edit(comment_id, body=form.body, by=signed_in(), now=clock.utcnow())
    except DomainError as error:
        return _refused(error, form, f"/comments/{comment_id}", places.of_comment(comment_id))
    return see(places.of_comment(comment_id))


@blueprint.delete(f"/comments/<{ID}:comment_id>")
def remove(comment_id: int) -> Response:
    """Take a comment away; moderators say why."""
    place = places.of_comment(comment_id)
    removal.remove_comment(comment_id, reason=typed("reason"), by=signed_in(), now=clock.utcnow())
    return done(place.partition("#")[0], removed=True)


@blueprint.delete(f"/comments/<{ID}:comment_id>/removal")
def restore(comment_id: int) -> Response:
    """Give a removed comment back."""
    removal.restore_comment(comment_id, reason=typed("reason"), by=signed_in(), now=clock.utcnow())
    return done(places.of_comment(comment_id), removed=False)


def _refused(error: DomainError, form: PostForm, action: str, back: str) -> Response:
    refused = replace(form, errors=problems(error))
    return again(error, "questions/comment.html", form=refused, action=action, back=back)
