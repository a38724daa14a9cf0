"""Forgotten and changed passwords."""

from flask import flash, redirect, render_template, request

from app import clock
from app.accounts import links, passwords
from app.accounts.links import Purpose
from app.accounts.views._blueprint import blueprint
from app.accounts.views.login import close_browser, current_session_id, signed_in
from app.accounts.views.settings import settings_page
from app.accounts.views.signup import Page
from app.accounts.views.visitor import limit_attempts
from app.errors import Gone, Invalid


@blueprint.route("/password/forgot", methods=["GET", "POST"])
def forgot() -> Page:
    if request.method == "GET":
        return render_template("accounts/forgot.html")
    email = request.form.get("email", "")
    limit_attempts("mail-link", email)
    passwords.ask_for_reset(email, clock.utcnow())
    return redirect("/password/sent", 303)


@blueprint.get("/password/sent")
def reset_sent() -> Page:
    return render_template("accounts/forgot_sent.html")


@blueprint.route("/password/reset/<token>", methods=["GET", "POST"])
def reset(token: str) -> Page:
    try:
        links.look(token, Purpose.RESET, clock.utcnow())
        if request.method == "GET":
            return render_template("accounts/reset.html", errors={})
        passwords.reset_password(token, request.form.get("password", ""), clock.utcnow())
    except Invalid as error:
        return render_template("accounts/reset.html", errors=error.fields), error.status
    except Gone as error:
        return render_template("accounts/link_gone.html", message=error.message, purpose="reset"), error.status
    close_browser()
    return redirect("/sign-in?done=reset", 303)


@blueprint.post("/settings/password")
def change_password() -> Page:
    by = signed_in()
    limit_attempts("sign-in", by.email or "")
    try:
        passwords.change_password(
            request.form.get("current", ""), request.form.get("new", ""), by, current_session_id(), clock.utcnow()
        )
    except Invalid as error:
        return settings_page(by, error.fields), error.status
    flash("Your password is changed, and every other browser is signed out.", "ok")
    return redirect("/settings", 303)
