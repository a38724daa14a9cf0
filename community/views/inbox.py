"""The inbox. Looking changes nothing; an unread entry is opened by a POST, which marks it as read and leads to its post."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in
from community.notifications import inbox
from community.queries import pager
from community.queries.inbox import HOME, inbox_page, read_id, target
from community.views._web import ID, done, see

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/inbox")
def index() -> Response | str:
    """What has happened, the newest first."""
    by = signed_in()
    where = pager.place(request.args.get("before", ""), request.args.get("after", ""), read_id)
    page = inbox_page(by, where)
    if page.is_lost:
        return see(HOME)
    return render_template("inbox/index.html", page=page)


@blueprint.post("/inbox/read")
def read_all() -> Response:
    """Mark everything as read."""
    inbox.read_all(by=signed_in(), now=clock.utcnow())
    return done(HOME, unread=0)


@blueprint.post(f"/inbox/<{ID}:notification_id>/read")
def read_one(notification_id: int) -> Response:
    """Mark one entry as read and go to what it is about."""
    by = signed_in()
    inbox.read_one(notification_id, by=by, now=clock.utcnow())
    return see(target(notification_id, by))
