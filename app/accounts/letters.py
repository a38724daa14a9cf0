"""The mails about an account: who gets which words. Addresses in them stand on SITE_URL, never on what a request says."""

import secrets
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.orm import Session

from app import mail
from app.accounts.links import LIFETIMES, Purpose
from app.config import Settings


def new_mail_id() -> str:
    """An id for a mail that a handler will send, so that sending it twice is sending one mail."""
    return secrets.token_hex(16)


def confirm_address(session: Session, to: str, name: str, token: str, now: datetime) -> None:
    """To somebody who has just signed up, or asks for the link again."""
    site = _settings()
    _send(session, to, f"Confirm your address for {site.site_name}", name, now, [
        f"this address was given for an account at {site.site_name}. If that was you, open this link and press the button:",
        f"{site.site_url}/confirm/{token}",
        f"The link works once, for {_span(Purpose.CONFIRM)}. If it was not you, do nothing: an unconfirmed account cannot vote.",
    ])  # fmt: skip


def already_a_member(session: Session, to: str, name: str, now: datetime) -> None:
    """To the owner of an address that somebody tried to sign up with."""
    site = _settings()
    _send(session, to, f"You have an account at {site.site_name}", name, now, [
        "somebody asked for an account with this address. It has one already, so nothing was changed.",
        f"If that was you, sign in at {site.site_url}/sign-in",
        f"If you do not know your password any more, set a new one at {site.site_url}/password/forgot",
        "If it was not you, there is nothing to do.",
    ])  # fmt: skip


def reset_password(session: Session, to: str, name: str, token: str, now: datetime, mail_id: str) -> None:
    """To the owner of an address whose password somebody wants to set anew."""
    site = _settings()
    _send(session, to, f"Set a new password for {site.site_name}", name, now, [
        "somebody asked to set a new password for your account. If that was you, open this link:",
        f"{site.site_url}/password/reset/{token}",
        f"The link works once, for {_span(Purpose.RESET)}. If it was not you, do nothing: your password stays as it is.",
    ], mail_id)  # fmt: skip


def password_changed(session: Session, to: str, name: str, now: datetime) -> None:
    """To a person whose password is a new one from now on."""
    site = _settings()
    _send(session, to, f"Your password for {site.site_name} was changed", name, now, [
        "your password was changed, and other browsers were signed out.",
        f"If it was not you, set a new one at once at {site.site_url}/password/forgot",
    ])  # fmt: skip


def confirm_new_address(session: Session, to: str, name: str, token: str, now: datetime) -> None:
    """To the address that is to become a person's own."""
    site = _settings()
    _send(session, to, f"Your new address for {site.site_name}", name, now, [
        f"mail from {site.site_name} is to come to this address. If you want that, open this link and press the button:",
        f"{site.site_url}/settings/mail/{token}",
        f"The link works once, for {_span(Purpose.EMAIL)}. If you know nothing of it, do nothing.",
    ])  # fmt: skip


def address_wanted(session: Session, to: str, name: str, now: datetime) -> None:
    """To the owner of an address that somebody else wants for their own account."""
    site = _settings()
    _send(session, to, f"You have an account at {site.site_name}", name, now, [
        "somebody wants to use this address for another account. It belongs to yours, so nothing was changed.",
        f"If that was you, sign in with this address at {site.site_url}/sign-in",
    ])  # fmt: skip


def address_changed(session: Session, to: str, name: str, new: str, now: datetime) -> None:
    """To the address that was a person's own until now."""
    site = _settings()
    _send(session, to, f"Your address for {site.site_name} was changed", name, now, [
        f"mail from {site.site_name} goes to {new} from now on.",
        f"If it was not you, answer this mail or write to the people of {site.company_name}.",
    ])  # fmt: skip


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _send(
    session: Session, to: str, subject: str, name: str, now: datetime, paragraphs: list[str], mail_id: str | None = None
) -> None:
    text = "\n\n".join([f"Hello {name},", *paragraphs, _settings().site_name]) + "\n"
    mail.send(session, to, subject, text, now, mail_id)


def _span(purpose: Purpose) -> str:
    span = LIFETIMES[purpose]
    if span >= timedelta(days=1):
        return "a day" if span.days == 1 else f"{span.days} days"
    hours = span // timedelta(hours=1)
    return "an hour" if hours == 1 else f"{hours} hours"
