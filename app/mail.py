"""Mail leaves through the outbox: verbs `send`, a worker delivers to a folder or by SMTP.

Delivery is at least once. What makes a second one harmless is the id that `send` gives each mail: the same file in a folder, the
same Message-ID for a mail server.
"""

import ipaddress
import os
import re
import secrets
import smtplib
import ssl
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from flask import current_app
from sqlalchemy.orm import Session

from app.config import Settings
from app.outbox import Payload, emit

TOPIC = "mail.send"
TIMEOUT_SECONDS = 20
"""How long a mail server may take to answer."""

_FILE = re.compile(r"\d{8}T\d{12}-[0-9a-f]{32}\.eml")


class MailRefused(Exception):
    """A mail cannot be handed over safely; the message says what to change in MAIL_URL."""


def send(session: Session, to: str, subject: str, text: str, now: datetime, mail_id: str | None = None) -> None:
    """Write a plain-text mail into the verb's transaction; it leaves once that is committed.

    A handler that may run twice gives the mail's id (32 hexadecimal digits), so that both runs send the same mail. Raises
    ValueError for an address or a subject that could carry a second header.
    """
    payload: Payload = {"id": mail_id or secrets.token_hex(16), "to": to, "subject": subject, "text": text, "at": now.isoformat()}
    compose(payload, current_app.config["SETTINGS"])
    emit(session, TOPIC, now, **payload)


def compose(payload: Payload, settings: Settings) -> EmailMessage:
    """The mail as it is sent. Raises ValueError for an address or a subject that could carry a second header."""
    message = EmailMessage()
    message["From"] = settings.mail_from
    try:
        message["To"] = Address(addr_spec=payload["to"])
    except (IndexError, HeaderParseError):  # what the parser says to an empty text and to some broken ones
        raise ValueError(f"{payload['to']!r} is no mail address") from None
    message["Subject"] = payload["subject"]
    message["Date"] = format_datetime(datetime.fromisoformat(payload["at"]))
    message["Message-ID"] = f"<{payload['id']}@{_host(settings)}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(payload["text"], cte="quoted-printable")  # passes servers that take seven bits only
    return message


def deliver(payloads: Sequence[Payload]) -> None:
    """The outbox's handler for `mail.send`: hand the mails to the folder or the server that MAIL_URL names.

    Raises OSError or smtplib.SMTPException when that fails, so that the outbox tries again, and MailRefused when a password would
    have to cross the network in clear.
    """
    settings: Settings = current_app.config["SETTINGS"]
    messages = [(payload, compose(payload, settings)) for payload in payloads]
    folder = folder_of(settings)
    if folder is None:
        _post(urlsplit(settings.mail_url), [message for _, message in messages], _host(settings))
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for payload, message in messages:
        _store(folder, f"{datetime.fromisoformat(payload['at']):%Y%m%dT%H%M%S%f}-{payload['id']}.eml", message)


def folder_of(settings: Settings) -> Path | None:
    """The folder mails are put into, or None when a server takes them."""
    if not settings.mail_url.startswith("folder:"):
        return None
    path = settings.mail_url.removeprefix("folder:")
    return Path(path).expanduser() if path else settings.data_dir / "mail"


def stored(folder: Path) -> list[tuple[str, EmailMessage]]:
    """The mails of a folder with their file names, newest first."""
    if not folder.is_dir():
        return []
    names = sorted((path.name for path in folder.iterdir() if _FILE.fullmatch(path.name)), reverse=True)
    return [(name, found) for name in names if (found := read(folder, name)) is not None]


def read(folder: Path, name: str) -> EmailMessage | None:
    """One mail of a folder, or None when there is none of that name."""
    if not _FILE.fullmatch(name):
        return None
    try:
        return message_from_bytes((folder / name).read_bytes(), _class=EmailMessage, policy=policy.default)
    except FileNotFoundError:
        return None


def _store(folder: Path, name: str, message: EmailMessage) -> None:
    """Under its final name a file is whole: whoever reads the folder never meets half a mail."""
    unfinished = folder / f".{name}.{os.getpid()}"
    unfinished.write_bytes(message.as_bytes(policy=policy.SMTP))
    unfinished.chmod(0o600)
    unfinished.replace(folder / name)


def _post(server: SplitResult, messages: Sequence[EmailMessage], own_name: str) -> None:
    """Hand mails to a server. Over smtp:// what the server offers is encrypted; a password asks for a checked certificate.

    Without a password the certificate is not checked: who could forge it could as well hide that encryption is on offer.
    """
    host, user = server.hostname or "localhost", unquote(server.username or "")
    checked = ssl.create_default_context()
    if server.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            host, server.port or 465, local_hostname=own_name, timeout=TIMEOUT_SECONDS, context=checked
        )
    else:
        client = smtplib.SMTP(host, server.port or (587 if user else 25), local_hostname=own_name, timeout=TIMEOUT_SECONDS)
    with client:
        if server.scheme == "smtp":
            _encrypt(client, checked if user and not _is_this_machine(host) else _unchecked(), must=bool(user), host=host)
        if user:
            client.login(user, unquote(server.password or ""))
        for message in messages:
            # Not send_message, which would write ">From" for a line that begins with "From".
            client.sendmail(parseaddr(message["From"])[1], [message["To"]], message.as_bytes(policy=policy.SMTP))


def _encrypt(client: smtplib.SMTP, context: ssl.SSLContext, *, must: bool, host: str) -> None:
    client.ehlo()
    if client.has_extn("starttls"):
        client.starttls(context=context)
    elif must and not _is_this_machine(host):
        raise MailRefused(
            f"{host} offers no encryption, so the password of MAIL_URL is not sent to it; use smtps:// if it has that."
        )


def _unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(settings: Settings) -> str:
    return urlsplit(settings.site_url).hostname or "localhost"
