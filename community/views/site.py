"""What browsers and search engines ask of a site."""

from flask import Blueprint, Response, g, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from community.views._web import shows

blueprint = Blueprint("site", __name__)

NOT_TO_INDEX = ("/search", "/similar", "/sign-in", "/sign-up", "/inbox", "/settings", "/review", "/moderation", "/questions/new")
"""Pages of one person, and lists of which there is no end. What is left out here may be read by everybody."""


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Everything but the pages that are nobody's to find."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_TO_INDEX), ""]
    shows()
    return Response("\n".join(lines), mimetype="text/plain")


@blueprint.get("/favicon.ico")
def favicon() -> AnyResponse:
    """For who asks without having looked at the page."""
    return redirect("/static/icons/ring.svg", 302)


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """Lets a browser search here from its address bar."""
    g.without_viewer = True
    shows()
    return Response(render_template("help/opensearch.xml"), mimetype="application/opensearchdescription+xml")
