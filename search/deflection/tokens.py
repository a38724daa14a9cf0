"""The name of a visit of the form one asks with: made with the page, known to that browser alone, and good for one person.

It is signed rather than stored, so that looking at the form writes nothing, and nobody can make up visits.
"""

import hashlib
import hmac
import re
import secrets

_TOKEN = re.compile(r"([A-Za-z0-9_-]{22})\.([0-9a-f]{24})", re.ASCII)
_BYTES = 16


def new(user_id: int, secret: str) -> str:
    """The name of a new visit of this person."""
    visit = secrets.token_urlsafe(_BYTES)
    return f"{visit}.{_sign(visit, user_id, secret)}"


def visit_of(token: str, user_id: int, secret: str) -> str | None:
    """The visit that `token` names; None where it was not made here for this person."""
    found = _TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(found[2], _sign(found[1], user_id, secret)):
        return None
    return found[1]


def _sign(visit: str, user_id: int, secret: str) -> str:
    """HMAC-SHA256, shortened to 96 bits."""
    return hmac.new(secret.encode(), f"ask-visit {user_id} {visit}".encode(), hashlib.sha256).hexdigest()[:24]
