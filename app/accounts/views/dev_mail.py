"""The mails of the folder as pages, so that a developer can follow their links. Shut unless DEV_MAIL_PAGE opens it."""

import re
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import current_app, render_template

from app import mail
from app.accounts.views._blueprint import blueprint
from app.accounts.views.signup import Page
from app.config import Settings
from app.errors import NotFound

_LINK = re.compile(r"(https?://\S+)")


@blueprint.get("/dev/mail")
def dev_mails() -> Page:
    return render_template("accounts/mails.html", mails=[_shown(name, found) for name, found in mail.stored(_folder())])


@blueprint.get("/dev/mail/<name>")
def dev_mail(name: str) -> Page:
    found = mail.read(_folder(), name)
    if found is None:
        raise NotFound("There is no such mail.")
    # What a group of the pattern captured stands at the odd places.
    paragraphs = [
        [(part, place % 2 == 1) for place, part in enumerate(_LINK.split(text))]
        for text in found.get_content().replace("\r\n", "\n").split("\n\n")
    ]
    return render_template("accounts/mail.html", mail=_shown(name, found), paragraphs=paragraphs)


def _folder() -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    folder = mail.folder_of(settings)
    if not settings.dev_mail_page or folder is None:
        raise NotFound("There is nothing at this address.")
    return folder


def _shown(name: str, found: EmailMessage) -> dict[str, object]:
    return {
        "url": f"/dev/mail/{name}",
        "to": str(found["To"]),
        "subject": str(found["Subject"]),
        "at": parsedate_to_datetime(str(found["Date"])),
    }
