"""The review queue: the person's day, and the answer they hold. The verdict itself is POST /answers/<id>/verifications."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import signed_in
from app.errors import Conflict, Forbidden, Invalid, NotFound
from community.freshness import assignments, queue, undo, verifiers
from community.queries.review import day, review_page
from community.views._web import ID, LARGEST_ID, again, done, number, problems, see, tell, typed

blueprint = Blueprint("review", __name__)

PAGE = "/review"


@blueprint.get(PAGE)
def index() -> str | Response:
    """The day, and the answer the person holds; `?answer=` shows a certain one, which is theirs when they begin to work on it."""
    by, now = _reviewer(), clock.utcnow()
    return render_template("review/index.html", page=review_page(by, now, _wanted()), values={}, errors={})


@blueprint.post(f"{PAGE}/items")
def take() -> Response:
    """Begin, or the next one; with `answer`, that very one."""
    by, now, wanted = signed_in(), clock.utcnow(), _wanted()
    if wanted is not None:
        assignment_id = assignments.choose(wanted, by=by, now=now)
        return done(PAGE, assignment=assignment_id)
    try:
        taken = assignments.take(by=by, now=now)
    except Conflict as error:
        tell(error.message, "info")
        return done(PAGE, assignment=None)
    return done(PAGE, assignment=taken)


@blueprint.post(f"{PAGE}/items/<{ID}:assignment_id>/renewal")
def renew(assignment_id: int) -> Response:
    """Still at it."""
    until = assignments.renew(assignment_id, by=signed_in(), now=clock.utcnow())
    return done(PAGE, until=until.isoformat())


@blueprint.post(f"{PAGE}/items/<{ID}:assignment_id>/skip")
def skip(assignment_id: int) -> Response:
    """Not this one today; on to the next."""
    by, now = signed_in(), clock.utcnow()
    try:
        assignments.give_back(assignment_id, skip=True, by=by, now=now)
    except NotFound as error:
        tell(error.message, "info")
    return go_on(by)


@blueprint.delete(f"{PAGE}/items/<{ID}:assignment_id>")
def give_back(assignment_id: int) -> Response:
    """Enough for now: somebody else may have it."""
    try:
        assignments.give_back(assignment_id, by=signed_in(), now=clock.utcnow())
    except NotFound as error:
        tell(error.message, "info")
    return done(PAGE)


@blueprint.post(f"{PAGE}/items/<{ID}:assignment_id>/undoing")
def take_back(assignment_id: int) -> Response:
    """Take the verdict back; the answer is on the page again."""
    undo.undo(assignment_id, by=signed_in(), now=clock.utcnow())
    tell("Taken back, as if you had not said it.")
    return done(PAGE)


@blueprint.post(f"{PAGE}/target")
def set_target() -> Response:
    """How many answers the person means to check a day."""
    by, now = signed_in(), clock.utcnow()
    wanted = number(typed("target"))
    try:
        verifiers.set_target(-1 if wanted is None else wanted, by=by, now=now)
    except Invalid as error:
        page = review_page(by, now)
        return again(error, "review/index.html", page=page, values={"target": typed("target")}, errors=problems(error))
    return done(PAGE)


def go_on(by: User) -> Response:
    """On to the next answer, unless the day's work is done."""
    now = clock.utcnow()
    if not day(by, now).is_over:
        try:
            assignments.take(by=by, now=now)
        except Conflict as error:
            tell(error.message, "info")
    return see(PAGE)


def _reviewer() -> User:
    by = signed_in()
    if not queue.is_reviewer(by, clock.utcnow()):
        raise Forbidden("Only staff and people with expertise in a tag check answers.")
    return by


def _wanted() -> int | None:
    wanted = number(request.values.get("answer", ""))
    return wanted if wanted is not None and 0 < wanted <= LARGEST_ID else None
