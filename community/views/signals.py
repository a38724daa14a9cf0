"""A reader's word on an answer, signed in or not."""

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, current_app, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.models import User
from app.accounts.views.login import viewer
from app.accounts.views.visitor import network
from app.error_pages import wants_json
from app.errors import Invalid, TooMany
from app.security import limit
from community.freshness import signals
from community.queries import places
from community.queries.tallies import signals_of, word_page
from community.views._web import ID, again, done, problems, see, tell, typed

blueprint = Blueprint("signals", __name__)

_THANKS = {
    "works": "Thank you. Your word helps the next reader.",
    "broken": "Thank you. It is in the queue of those who check answers.",
    "check": "Thank you. It is in the queue of those who check answers.",
}


@blueprint.post(f"/answers/<{ID}:answer_id>/signals")
def say(answer_id: int) -> Response:
    """It works, it no longer works, or please have it checked. Who says that it no longer works is asked what, on a page of its
    own; the word counts already."""
    person, now = viewer(), clock.utcnow()
    kind, release, note = typed("kind"), typed("release"), typed("note")
    try:
        mark = _mark(person, now)
        said = signals.say(answer_id, kind, release=release, note=note, by=person, network_mark=mark, now=now)
    except (Invalid, TooMany) as error:
        if not (release or note):
            raise
        page = replace(word_page(answer_id, kind, person, now), release=release, note=note)
        return again(error, "answers/word.html", page=page, errors=problems(error))
    more = f"/answers/{answer_id}/signals/more"
    if kind == "broken" and not wants_json() and not typed("more"):
        return see(more)
    if said and not wants_json():
        tell(_THANKS[kind])
    return _shown(answer_id, kind, **({} if kind == "check" else {"more": more}))


@blueprint.get(f"/answers/<{ID}:answer_id>/signals/more")
def more(answer_id: int) -> str:
    """Say more about one's word, or take it back."""
    page = word_page(answer_id, request.args.get("kind", ""), viewer(), clock.utcnow())
    return render_template("answers/word.html", page=page, errors={})


@blueprint.delete(f"/answers/<{ID}:answer_id>/signals")
def withdraw(answer_id: int) -> Response:
    """Take one's word back."""
    person, now = viewer(), clock.utcnow()
    signals.withdraw(answer_id, by=person, network_mark=_mark(person, now), now=now)
    return _shown(answer_id, "")


def network_mark(address: str, secret: str, now: datetime) -> str:
    """What is kept of where a word came from: the same for one network in one month (UTC), whatever the answer, and nothing else.

    HMAC-SHA256 with a salt that is made of the secret and the month, so that neither the address can be found by trying all of
    them without the secret, nor two months be joined.
    """
    salt = hmac.digest(secret.encode(), f"signals {now:%Y-%m}".encode(), hashlib.sha256)
    return hmac.new(salt, address.encode(), hashlib.sha256).hexdigest()


def _mark(person: User | None, now: datetime) -> str | None:
    """Count the attempt; who is not signed in gets a network mark."""
    if person is not None:
        limit("signal", f"person:{person.id}")
        return None
    mark = network_mark(network(), current_app.config["SECRET_KEY"], now)
    limit("signal", f"network:{mark}")
    return mark


def _shown(answer_id: int, mine: str, **more: str) -> Response:
    tally = signals_of(answer_id)
    return done(places.of_answer(answer_id), works=tally.works, broken=tally.broken, mine=mine, **more)
