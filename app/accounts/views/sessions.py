"""Signing in and out, and the list of where one is signed in."""

from types import MappingProxyType

from flask import flash, redirect, render_template, request

from app import clock
from app.accounts import sessions
from app.accounts.devices import device_words
from app.accounts.views._blueprint import blueprint
from app.accounts.views.login import close_browser, current_session_id, open_browser, signed_in, viewer
from app.accounts.views.signup import Page
from app.accounts.views.visitor import HOME, limit_attempts, network, safe_next, user_agent
from app.errors import Invalid

DONE = MappingProxyType(
    {
        "confirmed": "Your mail address is confirmed. Sign in to go on.",
        "reset": "Your new password is set. Sign in with it; other browsers were signed out.",
        "changed": "Your new mail address is confirmed. Sign in with it from now on.",
        "out": "You are signed out everywhere.",
    }
)
"""What somebody without a session is told above the form; which of them, stands in the address."""


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Page:
    target = safe_next(request.values.get("next", HOME))
    if viewer() is not None and request.method == "GET":
        return redirect(target, 303)
    email = request.form.get("email", "")
    page = {"email": email, "target": target, "note": DONE.get(request.args.get("done", ""), "")}
    if request.method == "GET":
        return render_template("accounts/sign_in.html", **page, errors={})
    limit_attempts("sign-in", email)
    try:
        token = sessions.sign_in(email, request.form.get("password", ""), user_agent(), network(), clock.utcnow())
    except Invalid as error:
        return render_template("accounts/sign_in.html", **page, errors=error.fields), error.status
    open_browser(token)
    return redirect(target, 303)


@blueprint.delete("/session")
def sign_out() -> Page:
    close_browser()
    return redirect(HOME, 303)


@blueprint.get("/settings/sessions")
def session_list() -> Page:
    by = signed_in()
    here = current_session_id()
    listed = [
        {"id": row.id, "device": device_words(row.user_agent), "address": row.address, "seen_at": row.last_seen_at}
        | {"since": row.created_at, "is_here": row.id == here}
        for row in sessions.sessions_of(by.id, clock.utcnow())
    ]
    return render_template("accounts/sessions.html", sessions=listed)


@blueprint.delete("/settings/sessions/<int(max=2147483647):session_id>")
def end_session(session_id: int) -> Page:
    by = signed_in()
    if session_id == current_session_id():
        return sign_out()
    sessions.end_one(session_id, by)
    flash("That browser is signed out.", "ok")
    return redirect("/settings/sessions", 303)


@blueprint.delete("/settings/sessions/others")
def end_other_sessions() -> Page:
    sessions.end_others(signed_in(), current_session_id())
    flash("Every other browser is signed out.", "ok")
    return redirect("/settings/sessions", 303)


@blueprint.delete("/settings/sessions")
def end_all_sessions() -> Page:
    sessions.end_others(signed_in(), None)
    close_browser()
    return redirect("/sign-in?done=out", 303)
