"""Questions like a title that is being typed, the way to one of them, and what the person says of it."""

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, current_app, jsonify, make_response, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts.views.login import signed_in, viewer
from app.accounts.views.visitor import network
from app.error_pages import wants_json
from app.errors import NotFound
from app.security import limit
from community import policy
from community.queries import places
from community.views._web import ID, number, see, tell
from search.deflection import tokens, visits
from search.deflection.queries import SPANS, deflection_page
from search.deflection.settle import KEPT
from search.deflection.visits import WITHIN
from search.queries import similar_questions

blueprint = Blueprint("deflection", __name__)

HELPED = "Does this answer what you were about to ask?"


@blueprint.app_template_global("ask_visit")
def ask_visit() -> str:
    """The name of this visit of the form one asks with, as a part of an address; "" for who is not signed in."""
    person = viewer()
    return tokens.new(person.id, current_app.config["SECRET_KEY"]) if person else ""


@blueprint.get("/search/similar")
def similar() -> Response:
    """Questions like `?title=`: a piece of HTML for the form one asks with, or JSON for who asks for that. With `?visit=` it is
    counted that they were shown, and the links lead through here."""
    person, now = viewer(), clock.utcnow()
    limit("search", f"person:{person.id}" if person else f"network:{network()}")
    found = similar_questions(request.args.get("title", ""), now)
    if wants_json():
        return jsonify([{"title": link.title, "url": link.url, "state": link.freshness.state} for link in found.links])
    visit, token = _visit()
    links = found.links
    if person is not None and visit is not None and links:
        visits.shown(visit, by=person, now=now)
        links = tuple(
            replace(link, url=f"/search/similar/open?{_numbers(token, question_id, answer_id)}")
            for link, (question_id, answer_id) in zip(links, found.numbers, strict=True)
        )
    response = make_response(render_template("search/_similar.html", links=links, found=found, visit=token if visit else ""))
    response.add_etag(weak=True)
    return response.make_conditional(request)


@blueprint.get("/search/similar/open")
def open_one() -> Response:
    """On to one of them, `?question=` or its `?answer=`, by their numbers. Where that happens in a visit of the form (`?visit=`)
    it is counted, and the page asks whether it helped."""
    person, now = viewer(), clock.utcnow()
    question_id, answer_id = number(request.args.get("question", "")), number(request.args.get("answer", ""))
    if question_id is None:
        raise NotFound("There is no such question.")
    address = places.of_question(question_id)
    if answer_id is not None:
        answers = places.of_answer(answer_id)
        address = answers if answers.startswith(f"{address}#") else address
    visit, token = _visit()
    if person is not None and visit is not None and visits.opened(visit, question_id, by=person, now=now):
        tell(HELPED, "info", (f"/search/similar/solved?visit={token}", "This solved it"))
    return see(address)


@blueprint.post("/search/similar/solved")
def solved() -> Response:
    """What was opened solved it."""
    by, now = signed_in(), clock.utcnow()
    visit, _ = _visit()
    if visit is None:
        raise NotFound("This is not the browser it was opened with.")
    question_id = visits.solved(visit, by=by, now=now)
    tell("Thank you. Good that you need not ask; what you were writing stays in this browser.")
    return see(places.of_question(question_id))


@blueprint.post(f"/answers/<{ID}:answer_id>/check-request")
def ask_for_check(answer_id: int) -> Response:
    """Have the answer checked, and follow its question; from the form one asks with (`?visit=`) or from any page."""
    by, now = signed_in(), clock.utcnow()
    limit("signal", f"person:{by.id}")
    visit, _ = _visit()
    if visits.ask_for_check(answer_id, visit, by=by, now=now):
        tell("It is in the queue of those who check answers, and you follow this question: you will hear when it is checked.")
    else:
        tell("You asked for that already, and you follow this question: you will hear when it is checked.", "info")
    return see(places.of_answer(answer_id))


@blueprint.get("/health/deflection")
def index() -> str:
    """What comes of showing similar questions; `?days=` looks further back. For staff."""
    by, now = signed_in(), clock.utcnow()
    policy.require(by, "see_health", None, now)
    span = request.args.get("days", type=int)
    page = deflection_page(span if span in SPANS else SPANS[0], now)
    tabs = [(f"/health/deflection?days={days}", f"Last {days} days", None, days == page.span) for days in SPANS]
    hours = int(WITHIN.total_seconds() // 3600)
    return render_template("health/deflection.html", page=page, tabs=tabs, hours=hours, kept=KEPT.days)


def _visit() -> tuple[str | None, str]:
    """The visit that the address names, where it was made for this person; and its name as it came."""
    person, token = viewer(), request.args.get("visit", "")
    if person is None or not token:
        return None, ""
    return tokens.visit_of(token, person.id, current_app.config["SECRET_KEY"]), token


def _numbers(token: str, question_id: int, answer_id: int | None) -> str:
    return urlencode({"question": question_id, **({"answer": answer_id} if answer_id else {}), "visit": token})
