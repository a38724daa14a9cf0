"""What every page is given: the site, who looks at it, and messages for them."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol

from flask import Flask, Response, g, get_flashed_messages, request
from markupsafe import Markup

from app import clock
from app.accounts.models import User
from app.accounts.people import initials_and_hue, suspension_notice
from app.accounts.views.login import viewer as signed_in_viewer
from app.config import Settings
from app.security import SAFE_METHODS, SESSION_COOKIE

REWARDS_SHOWN = "bestbefore_rewards_shown"
"""The application's extension, a `Switch`, that says whether pages speak of rewards; absent: they do not."""
ROWS_KEPT = 4096
"""How many rendered rows of lists a process keeps; about 1.5 KB each."""


class Switch(Protocol):
    """Something that is on or off, and is looked at now and then."""

    def __call__(self) -> bool:
        """How it stands, as far as is known."""

    def look(self, now: datetime) -> None:
        """Look again, where that is long ago."""


@dataclass(frozen=True)
class Site:
    """Whose forum it is."""

    name: str
    company: str
    url: str


@dataclass(frozen=True)
class Viewer:
    """The person signed in, as the layout and the templates need them."""

    id: int
    name: str
    role: str
    avatar_url: str | None
    hue: int
    initials: str
    unread: int
    reputation: int
    is_staff: bool
    can_moderate: bool
    can_verify: bool
    can_administer: bool
    has_rewards: bool = False
    """Whether the site gives any at present."""


def init_app(app: Flask, settings: Settings) -> None:
    """Give the templates of `app` their globals."""
    site = Site(settings.site_name, settings.company_name, settings.site_url)
    # What a macro makes of a frozen value is the same as long as the value is, so it is kept under the value itself: a list that
    # many people look at is put together from rows that were rendered before. It cannot be stale, only unused.
    app.jinja_env.globals["kept"] = lru_cache(maxsize=ROWS_KEPT)(_rendered)

    @app.after_request
    def look(response: Response) -> Response:
        shown: Switch | None = app.extensions.get(REWARDS_SHOWN)
        if shown is not None and request.method not in SAFE_METHODS and response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            shown.look(clock.utcnow())
        return response

    @app.context_processor
    def frame() -> dict[str, object]:
        person = None if g.get("without_viewer") else signed_in_viewer()
        now = clock.utcnow()
        return {"site": site, "viewer": _viewer(app, person, now) if person else None, "messages": _messages(person, now)}


def _viewer(app: Flask, person: User, now: datetime) -> Viewer:
    shown: Switch | None = app.extensions.get(REWARDS_SHOWN)
    return replace(viewer_of(person, now), has_rewards=shown is not None and shown())


def _rendered(macro: Callable[[Hashable], Markup], value: Hashable) -> Markup:
    return macro(value)


def viewer_of(person: User, now: datetime) -> Viewer:
    """What pages need to know of who is signed in."""
    initials, hue = initials_and_hue(person.name)
    return Viewer(
        id=person.id,
        name=person.name,
        role=person.role,
        avatar_url=person.avatar_url,
        hue=hue,
        initials=initials,
        unread=person.unread_count,
        reputation=person.reputation,
        is_staff=person.is_staff,
        can_moderate=person.is_moderator,
        can_verify=person.is_staff or (person.expert_until is not None and person.expert_until > now),
        can_administer=person.is_admin,
    )


def _messages(person: User | None, now: datetime) -> list[tuple[str, str]]:
    """What was flashed before, and the notice of a suspension. Without our cookie the session is not opened. After its kind a
    notice may name an address and a word, for a button (`community.views._web.tell`)."""
    found: list[tuple[str, str]] = []
    if SESSION_COOKIE in request.cookies:
        flashed: list[tuple[str, str]] = get_flashed_messages(with_categories=True)  # type: ignore[assignment]  # pairs, so asked
        found = [(kind if kind.partition(" ")[0] in ("ok", "info", "error") else "info", text) for kind, text in flashed]
    notice = suspension_notice(person, now) if person else ""
    return [("error", notice), *found] if notice else found
