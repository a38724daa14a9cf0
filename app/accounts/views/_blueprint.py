"""The one blueprint of the pages about accounts."""

from flask import Blueprint, Response

blueprint = Blueprint("accounts", __name__)


@blueprint.after_request
def keep_out_of_caches(response: Response) -> Response:
    """What stands on these pages is one person's; a link's address even more so. A view that may be kept says so itself."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response
