"""The mails that tests find in the folder, once the outbox is drained."""

import re
from datetime import datetime
from email.message import EmailMessage

from flask import Flask

from app import mail, outbox
from app.accounts import passwords
from app.jobs import AFTER_COMMIT

HANDLERS = {topic: AFTER_COMMIT[topic] for topic in (mail.TOPIC, passwords.RESET_TOPIC)}
"""What the worker does about mail; the rest of its work waits."""


def letters(app: Flask, now: datetime, to: str = "") -> list[EmailMessage]:
    """Every mail sent so far, oldest first; with `to` those to that address only."""
    with app.app_context():
        while outbox.drain(HANDLERS, now):
            pass
        folder = mail.folder_of(app.config["SETTINGS"])
        assert folder is not None
        found = [message for _, message in reversed(mail.stored(folder))]
    return [message for message in found if not to or message["To"] == to]


def link_in(message: EmailMessage, site: str = "http://localhost") -> str:
    """The path of the first link of a mail, which must be on `site`."""
    found = re.search(r"https?://\S+", message.get_content())
    assert found, message.get_content()
    assert found.group().startswith(f"{site}/"), found.group()
    return found.group().removeprefix(site)
