"""The pages and forms of saved searches. Looking changes nothing."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in
from app.errors import Conflict, Invalid
from community.views._web import ID, again, done, problems, see, tell, typed
from search.saved import verbs
from search.saved.models import Notify
from search.saved.queries import NOTICES, saved_page, saved_searches

blueprint = Blueprint("saved_searches", __name__)

HOME = "/searches"


@blueprint.get(HOME)
def index() -> str:
    """One's own, and a form for another; `?q=` begins it."""
    values = {"text": request.args.get("q", "")[: verbs.MOST_TYPED], "notify": Notify.INBOX}
    return render_template("search/saved/index.html", searches=saved_searches(signed_in()), **_form(values))


@blueprint.get(f"{HOME}/<{ID}:search_id>")
def show(search_id: int) -> str:
    """One of them, and what was found for it."""
    page = saved_page(search_id, signed_in())
    values = {"name": page.search.name, "notify": page.search.notify}
    return render_template("search/saved/show.html", page=page, **_form(values))


@blueprint.post(HOME)
def save() -> Response:
    """Save a search."""
    by, now = signed_in(), clock.utcnow()
    try:
        number = verbs.save(text=typed("text"), name=typed("name"), notify=typed("notify"), by=by, now=now)
    except (Invalid, Conflict) as error:
        shown = _form(request.form, problems(error))
        return again(error, "search/saved/index.html", searches=saved_searches(by), **shown)
    tell("Saved. You hear of what is asked or answered from now on.")
    return done(f"{HOME}/{number}", id=number)


@blueprint.post(f"{HOME}/<{ID}:search_id>")
def change(search_id: int) -> Response:
    """Another name, other notices."""
    by, now = signed_in(), clock.utcnow()
    try:
        verbs.change(search_id, name=typed("name"), notify=typed("notify"), by=by, now=now)
    except Invalid as error:
        shown = _form(request.form, problems(error))
        return again(error, "search/saved/show.html", page=saved_page(search_id, by), **shown)
    tell("Changed.")
    return done(f"{HOME}/{search_id}", id=search_id)


@blueprint.delete(f"{HOME}/<{ID}:search_id>/notices")
def stop(search_id: int) -> Response:
    """No more notices of this one."""
    verbs.stop(search_id, by=signed_in(), now=clock.utcnow())
    tell("Stopped. The search stays in your list.")
    return see(HOME)


@blueprint.delete(f"{HOME}/<{ID}:search_id>")
def delete(search_id: int) -> Response:
    """Delete one."""
    verbs.delete(search_id, by=signed_in(), now=clock.utcnow())
    tell("Deleted.")
    return see(HOME)


def _form(values: object, errors: object = None) -> dict[str, object]:
    return {
        "values": values,
        "errors": errors or {},
        "notices": [(key, words) for key, words in NOTICES.items()],
        "longest_name": verbs.LONGEST_NAME,
        "most": verbs.MOST,
    }
