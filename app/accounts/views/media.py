"""Pictures of people, as files."""

from flask import Response, send_from_directory

from app.accounts.avatars import folder_of_avatars, is_avatar_name
from app.accounts.views._blueprint import blueprint
from app.errors import NotFound

A_YEAR = 365 * 24 * 60 * 60
"""In seconds. A picture never changes: another picture has another name."""


@blueprint.get("/media/avatars/<name>")
def avatar(name: str) -> Response:
    if not is_avatar_name(name) or not (folder_of_avatars() / name).is_file():
        raise NotFound("There is no such picture.")
    response = send_from_directory(folder_of_avatars(), name, mimetype="image/webp")
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
