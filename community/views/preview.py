"""The live preview under a text."""

from flask import Blueprint, Response

from app.accounts.views.login import viewer
from app.accounts.views.visitor import network
from app.security import limit
from community.queries.preview import preview
from community.views._web import typed

blueprint = Blueprint("preview", __name__)


@blueprint.post("/preview")
def show() -> Response:
    """The field `body` as safe HTML. It stores nothing; it is a POST because texts are longer than addresses may be."""
    person = viewer()
    limit("preview", f"person:{person.id}" if person else f"network:{network()}")
    return Response(preview(typed("body")), mimetype="text/html")
