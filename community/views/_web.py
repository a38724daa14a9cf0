"""What the views of this package share: addresses with numbers, going back, keeping what was typed."""

import re
from collections.abc import Mapping

from flask import flash, g, jsonify, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from app.accounts.views.login import viewer
from app.error_pages import wants_json
from app.errors import DomainError, Invalid, SignInNeeded, TooMany

LARGEST_ID = 2**31 - 1
"""What the databases' integer columns hold."""
ID = f"int(max={LARGEST_ID})"
"""The converter of numbers in addresses."""

_NUMBER = re.compile(r"\d{1,10}")


def done(url: str, **result: object) -> Response:
    """After an act: the result for a script that asked for JSON, and back to the page for everybody else."""
    return jsonify(result) if wants_json() else see(url)


def see(url: str) -> Response:
    """Go and look there; the browser asks with GET."""
    return redirect(url, 303)


def tell(text: str, kind: str = "ok", act: tuple[str, str] | None = None) -> None:
    """Say something on the next page; with an `act`, an address and a word, there is a button that posts there. Only to who is
    signed in: nobody else gets a cookie for it."""
    if viewer() is not None:
        flash(text, " ".join((kind, *act)) if act else kind)


def typed(name: str) -> str:
    """A field of the form; "" when it is not there."""
    return request.form.get(name, "")


def number(text: str) -> int | None:
    """A number from a form; None for what is none, or too large to be anybody's."""
    found = int(text) if _NUMBER.fullmatch(text.strip()) else None
    return found if found is not None and found <= LARGEST_ID else None


def reference(text: str, kind: str, name: str) -> int | None:
    """The number of a question or an answer, from the number or its address; None when nothing was typed.

    Raises Invalid for field `name` when something else was typed.
    """
    text = text.strip()
    if not text:
        return None
    found = number(text)
    if found is None:
        hits = re.findall(rf"(?:/{kind}s/|#{kind}-)(\d{{1,10}})(?!\d)", text)
        found = number(hits[-1]) if hits else None
    if found is None:
        raise Invalid({name: f"Give the address or the number of the {kind}."})
    return found


def problems(error: DomainError) -> Mapping[str, str]:
    """What a form shows of a refusal: the fields' messages, or one for the whole form under ""."""
    return error.fields if isinstance(error, Invalid) else {"": error.message}


def again(error: DomainError, template: str, **context: object) -> Response:
    """The form once more with everything typed in it, under the refusal's own status."""
    if wants_json():
        raise error
    response = make_response(render_template(template, **context), error.status)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def kept(error: DomainError, text: str) -> Response:
    """A page with the refusal and the text, where the form itself cannot be shown any more."""
    return again(error, "questions/kept.html", message=error.message, text=text, sign_in=isinstance(error, SignInNeeded))


def shows(*names: str, question_id: int | None = None) -> None:
    """Tell the page cache what this page shows something of, and which question's views it counts for."""
    g.page_depends = frozenset(names)
    if question_id is not None:
        g.page_question_id = question_id
