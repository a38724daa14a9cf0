"""What a person changes about themselves."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request

from app import clock
from app.accounts import addresses, avatars, links, people
from app.accounts.links import Purpose
from app.accounts.models import User
from app.accounts.people import avatar_of, person_url
from app.accounts.views._blueprint import blueprint
from app.accounts.views.login import signed_in, viewer
from app.accounts.views.signup import Page
from app.accounts.views.visitor import limit_attempts
from app.errors import Conflict, Gone, Invalid


@blueprint.get("/settings")
def settings() -> Page:
    return settings_page(signed_in(), {})


@blueprint.get("/settings/<any(profile, avatar, password, mail, notices, confirmation):_part>")
def settings_part(_part: str) -> Page:
    """Where a form was refused its address stays in the browser; opening that again is opening the settings."""
    return redirect("/settings", 303)


def settings_page(by: User, errors: Mapping[str, str]) -> str:
    """The settings, with what was typed where a form was refused; passwords never come back."""
    initials, hue = avatar_of(by)
    typed = {
        "name": request.form.get("name", by.name),
        "about": request.form.get("about", by.about_source),
        "email": request.form.get("email", ""),
    }
    person = {"id": by.id, "name": by.name, "avatar_url": by.avatar_url, "initials": initials, "hue": hue}
    return render_template(
        "accounts/settings.html",
        person=person,
        profile_url=person_url(by.id, by.name),
        email=by.email,
        is_confirmed=by.email_confirmed_at is not None,
        mail_notices=by.mail_notices,
        typed=typed,
        errors=errors,
    )


@blueprint.post("/settings/profile")
def edit_profile() -> Page:
    by = signed_in()
    try:
        people.edit_profile(request.form.get("name", ""), request.form.get("about", ""), by, clock.utcnow())
    except Invalid as error:
        return settings_page(by, error.fields), error.status
    flash("Saved.", "ok")
    return redirect("/settings", 303)


@blueprint.post("/settings/avatar")
def change_avatar() -> Page:
    by = signed_in()
    sent = request.files.get("avatar")
    try:
        avatars.change_avatar(sent.read(avatars.MAX_BYTES + 1) if sent else b"", by, clock.utcnow())
    except Invalid as error:
        return settings_page(by, error.fields), error.status
    flash("Your picture is changed.", "ok")
    return redirect("/settings", 303)


@blueprint.delete("/settings/avatar")
def remove_avatar() -> Page:
    avatars.remove_avatar(signed_in(), clock.utcnow())
    flash("Your picture is removed.", "ok")
    return redirect("/settings", 303)


@blueprint.post("/settings/notices")
def change_notices() -> Page:
    people.set_mail_notices("reminders" in request.form, signed_in(), clock.utcnow())
    flash("Saved.", "ok")
    return redirect("/settings", 303)


@blueprint.post("/settings/mail")
def ask_for_new_address() -> Page:
    by = signed_in()
    limit_attempts("sign-in", by.email or "")
    limit_attempts("mail-link", request.form.get("email", ""))
    try:
        addresses.ask_for_change(request.form.get("email", ""), request.form.get("password", ""), by, clock.utcnow())
    except Invalid as error:
        return settings_page(by, error.fields), error.status
    flash("A mail is on its way to the new address. Until its link is used, the present one stays.", "info")
    return redirect("/settings", 303)


@blueprint.route("/settings/mail/<token>", methods=["GET", "POST"])
def change_address(token: str) -> Page:
    try:
        link = links.look(token, Purpose.EMAIL, clock.utcnow())
        if request.method == "GET":
            return render_template("accounts/confirm.html", email=link.email, is_change=True)
        addresses.change_address(token, clock.utcnow())
    except (Gone, Conflict) as error:
        return render_template("accounts/link_gone.html", message=error.message, purpose="email"), error.status
    if viewer() is None:
        return redirect("/sign-in?done=changed", 303)
    flash("Your new mail address is confirmed.", "ok")
    return redirect("/settings", 303)
