"""Signing up and confirming the address."""

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from app import clock
from app.accounts import links, signup
from app.accounts.links import Purpose
from app.accounts.views._blueprint import blueprint
from app.accounts.views.login import signed_in, viewer
from app.accounts.views.visitor import HOME, limit_attempts, network
from app.errors import Gone, Invalid
from app.security import limit

Page = str | Response | tuple[str, int]


@blueprint.route("/sign-up", methods=["GET", "POST"])
def sign_up() -> Page:
    if viewer() is not None:
        return redirect(HOME, 303)
    typed = {"name": request.form.get("name", ""), "email": request.form.get("email", "")}
    if request.method == "GET":
        return render_template("accounts/sign_up.html", typed=typed, errors={})
    limit("sign-up", network())
    try:
        signup.sign_up(typed["name"], typed["email"], request.form.get("password", ""), clock.utcnow())
    except Invalid as error:
        return render_template("accounts/sign_up.html", typed=typed, errors=error.fields), error.status
    return redirect("/sign-up/done", 303)


@blueprint.get("/sign-up/done")
def sign_up_done() -> Page:
    return render_template("accounts/sign_up_done.html")


@blueprint.get("/confirm/<token>")
def confirmation(token: str) -> Page:
    try:
        link = links.look(token, Purpose.CONFIRM, clock.utcnow())
    except Gone as error:
        return render_template("accounts/link_gone.html", message=error.message, purpose="confirm"), error.status
    return render_template("accounts/confirm.html", email=link.email, is_change=False)


@blueprint.post("/confirm/<token>")
def confirm(token: str) -> Page:
    try:
        signup.confirm(token, clock.utcnow())
    except Gone as error:
        return render_template("accounts/link_gone.html", message=error.message, purpose="confirm"), error.status
    if viewer() is None:
        return redirect("/sign-in?done=confirmed", 303)
    flash("Your mail address is confirmed.", "ok")
    return redirect(HOME, 303)


@blueprint.post("/settings/confirmation")
def send_confirmation() -> Page:
    by = signed_in()
    limit_attempts("mail-link", by.email or "")
    signup.send_confirmation(by, clock.utcnow())
    flash("The mail is on its way. Look for it in a minute or two, also among what your mail program takes for spam.", "info")
    return redirect("/settings", 303)
