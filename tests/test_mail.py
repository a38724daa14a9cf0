"""Mails: written with the change itself, delivered to a folder or a real mail server, once in effect."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from flask import Flask
from flask.testing import FlaskClient

from app import mail, outbox
from app.config import Settings
from app.db import db, transaction
from app.outbox import OutboxMessage, Payload
from tests.accounts import on_sqlite
from tests.letterbox import HANDLERS, letters
from tests.web import free_port

PAYLOAD: Payload = {
    "id": "0123456789abcdef0123456789abcdef",
    "to": "marta@example.net",
    "subject": "Zwölf Brücken – and more",
    "text": "Grüße,\n\n.\nFrom here on: http://localhost/confirm/" + "x" * 120 + "\n",
    "at": "2026-11-21T12:00:00.250000+00:00",
}


def deliver(app: Flask, *payloads: Payload) -> None:
    with app.app_context():
        mail.deliver(payloads or [PAYLOAD])


def use(app: Flask, **changed: Any) -> None:  # noqa: ANN401 - settings of any type
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], **changed)


# --- through the outbox ---------------------------------------------------------------------------------------------------


def test_a_mail_leaves_when_its_transaction_is_committed(app: Flask, now: datetime) -> None:
    def write(subject: str, error: Exception | None) -> None:
        with app.app_context(), transaction() as session:
            mail.send(session, "marta@example.net", subject, "Text\n", now)
            if error:
                raise error

    write("Kept", None)
    with pytest.raises(LookupError):
        write("Taken back", LookupError())
    assert [letter["Subject"] for letter in letters(app, now)] == ["Kept"]


@on_sqlite
@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("a@example.net\nBcc: b@example.net", "x"),
        ("a@example.net, b@example.net", "x"),
        ("a@example.net\r", "x"),
        ("", "x"),
        ("a@example.net", "x\r\nBcc: b@example.net"),
        ("a@example.net", "x\nBcc: b@example.net"),
        ("a@example.net", "x\rBcc: b@example.net"),
    ],
)
def test_no_address_and_no_subject_carries_a_second_header(app: Flask, now: datetime, to: str, subject: str) -> None:
    with app.app_context(), pytest.raises(ValueError), transaction() as session:  # noqa: PT011 - its own words differ by case
        mail.send(session, to, subject, "Text\n", now)
    assert letters(app, now) == []


# --- to a folder ----------------------------------------------------------------------------------------------------------


@on_sqlite
def test_a_mail_in_the_folder(app: Flask) -> None:
    deliver(app)
    folder = app.config["SETTINGS"].data_dir / "mail"
    (path,) = folder.iterdir()
    assert path.name == "20261121T120000250000-0123456789abcdef0123456789abcdef.eml"
    assert path.stat().st_mode & 0o777 == 0o600
    message = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
    assert message["To"] == "marta@example.net"
    assert message["From"] == "Bestbefore <noreply@localhost>"
    assert message["Subject"] == "Zwölf Brücken – and more"
    assert message["Date"].datetime == datetime.fromisoformat(PAYLOAD["at"]).replace(microsecond=0)
    assert message["Message-ID"] == "<0123456789abcdef0123456789abcdef@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == PAYLOAD["text"].splitlines()


@on_sqlite
def test_delivered_twice_it_is_one_file(app: Flask) -> None:
    deliver(app)
    (path,) = (app.config["SETTINGS"].data_dir / "mail").iterdir()
    before = path.read_bytes()
    deliver(app, PAYLOAD, PAYLOAD)
    assert [found.read_bytes() for found in path.parent.iterdir()] == [before]


@on_sqlite
@pytest.mark.parametrize("mail_url", ["folder:", "folder:{data}/deep/box"])
def test_the_folder_is_made(app: Flask, mail_url: str) -> None:
    data = app.config["SETTINGS"].data_dir
    use(app, mail_url=mail_url.format(data=data))
    deliver(app)
    folder = data / ("mail" if mail_url == "folder:" else "deep/box")
    assert len(list(folder.iterdir())) == 1


@on_sqlite
def test_a_folder_that_cannot_be_written_loses_nothing(app: Flask, now: datetime) -> None:
    data = app.config["SETTINGS"].data_dir
    (data / "file").write_text("")
    use(app, mail_url=f"folder:{data / 'file' / 'mail'}")
    _send(app, now)
    with app.app_context():
        outbox.drain(HANDLERS, now)
        (message,) = db.session.query(OutboxMessage).all()
        assert message.attempts == 1
        assert "NotADirectoryError" in (message.last_error or "")
    use(app, mail_url=f"folder:{data / 'mail'}")
    assert [letter["Subject"] for letter in letters(app, now + timedelta(minutes=1))] == ["Hello"]


def _send(app: Flask, now: datetime) -> None:
    with app.app_context(), transaction() as session:
        mail.send(session, "marta@example.net", "Hello", "Text\n", now)


# --- to a mail server -----------------------------------------------------------------------------------------------------


@dataclass
class Received:
    """What a mail server has taken."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    passwords: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default))
        self.recipients.append([str(to) for to in envelope.rcpt_tos])
        self.encrypted.append(session.ssl is not None)
        self.names.append(str(session.host_name))
        return "550 no such box" if "nobody" in self.recipients[-1][0] else "250 taken"

    def check(self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.passwords.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"p@ss/word", handled=False)


@contextmanager
def mail_server(host: str = "127.0.0.1", **options: Any) -> Iterator[tuple[Received, int]]:  # noqa: ANN401 - as aiosmtpd takes them
    received = Received()
    port = free_port()
    controller = Controller(received, hostname=host, port=port, authenticator=received.check, ident="test", **options)
    controller.start()
    try:
        yield received, port
    finally:
        controller.stop()


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate for this machine, by an authority that this machine trusts for as long as the test runs."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture
def strange_certificate() -> ssl.SSLContext:
    """A server's certificate by an authority that nobody knows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@on_sqlite
def test_a_mail_reaches_a_server(app: Flask) -> None:
    with mail_server() as (received, port):
        use(app, mail_url=f"smtp://127.0.0.1:{port}", site_url="https://help.example.com")
        deliver(app, PAYLOAD, {**PAYLOAD, "to": "jonas@example.net"})
    first, _ = received.mails
    assert received.recipients == [["marta@example.net"], ["jonas@example.net"]]
    assert received.names == ["help.example.com"] * 2
    assert first["Subject"] == PAYLOAD["subject"]
    assert first["Message-ID"] == f"<{PAYLOAD['id']}@help.example.com>"
    assert first.get_content().splitlines() == PAYLOAD["text"].splitlines()
    assert received.encrypted == [False, False]


@on_sqlite
def test_encryption_is_used_where_it_is_offered(app: Flask, strange_certificate: ssl.SSLContext) -> None:
    with mail_server(tls_context=strange_certificate) as (received, port):
        use(app, mail_url=f"smtp://127.0.0.1:{port}")
        deliver(app)
    assert received.encrypted == [True]


@on_sqlite
def test_a_password_is_sent_encrypted(app: Flask, certificate: ssl.SSLContext) -> None:
    with mail_server(tls_context=certificate, require_starttls=True, auth_required=True) as (received, port):
        use(app, mail_url=f"smtp://us%40er:p%40ss%2Fword@127.0.0.1:{port}")
        deliver(app)
    assert received.passwords == [("us@er", "p@ss/word")]
    assert received.encrypted == [True]


@on_sqlite
def test_a_wrong_password_is_an_error(app: Flask, certificate: ssl.SSLContext) -> None:
    with mail_server(tls_context=certificate, auth_required=True) as (received, port):
        use(app, mail_url=f"smtp://user:wrong@127.0.0.1:{port}")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            deliver(app)
    assert received.mails == []


ELSEWHERE = "127.1"
"""This machine under a name that does not say so, as a server on the network would have."""


@on_sqlite
def test_a_password_never_crosses_the_network_in_clear(app: Flask) -> None:
    """Who stands between could take the offer of encryption out of the server's answer."""
    with mail_server(auth_require_tls=False) as (received, port):
        use(app, mail_url=f"smtp://user:p%40ss%2Fword@{ELSEWHERE}:{port}")
        with pytest.raises(mail.MailRefused, match="no encryption"):
            deliver(app)
    assert received.passwords == []
    assert received.mails == []


@on_sqlite
def test_a_password_goes_to_a_server_with_a_right_certificate_only(app: Flask, strange_certificate: ssl.SSLContext) -> None:
    with mail_server(tls_context=strange_certificate) as (received, port):
        use(app, mail_url=f"smtp://user:p%40ss%2Fword@{ELSEWHERE}:{port}")
        with pytest.raises(ssl.SSLCertVerificationError):
            deliver(app)
    assert received.passwords == []


@on_sqlite
def test_smtps_checks_the_certificate(app: Flask, certificate: ssl.SSLContext, strange_certificate: ssl.SSLContext) -> None:
    with mail_server(ssl_context=certificate) as (received, port):
        use(app, mail_url=f"smtps://127.0.0.1:{port}")
        deliver(app)
    assert len(received.mails) == 1


@on_sqlite
def test_smtps_refuses_a_strange_certificate(app: Flask, strange_certificate: ssl.SSLContext) -> None:
    with mail_server(ssl_context=strange_certificate) as (received, port):
        use(app, mail_url=f"smtps://127.0.0.1:{port}")
        with pytest.raises(ssl.SSLCertVerificationError):
            deliver(app)
    assert received.mails == []


@on_sqlite
def test_a_server_that_is_away_loses_nothing(app: Flask, now: datetime) -> None:
    port = free_port()
    use(app, mail_url=f"smtp://127.0.0.1:{port}")
    _send(app, now)
    with app.app_context():
        outbox.drain(HANDLERS, now)
        (message,) = db.session.query(OutboxMessage).all()
        assert "ConnectionRefusedError" in (message.last_error or "")
        mail_id = message.payload["id"]
    with mail_server() as (received, back):
        use(app, mail_url=f"smtp://127.0.0.1:{back}")
        with app.app_context():
            outbox.drain(HANDLERS, now + timedelta(minutes=1))
            assert db.session.query(OutboxMessage).count() == 0
    (letter,) = received.mails
    assert letter["Message-ID"] == f"<{mail_id}@localhost>"


@on_sqlite
def test_a_refused_mail_is_kept_for_a_person_to_see(app: Flask, now: datetime) -> None:
    with app.app_context(), transaction() as session:
        mail.send(session, "nobody@example.net", "Hello", "Text\n", now)
        mail.send(session, "marta@example.net", "Hello", "Text\n", now)
    with mail_server() as (received, port):
        use(app, mail_url=f"smtp://127.0.0.1:{port}")
        moment = now
        for _ in range(outbox.MAX_ATTEMPTS + 1):
            with app.app_context():
                outbox.drain(HANDLERS, moment)
            moment += timedelta(hours=2)
    assert received.recipients.count(["marta@example.net"]) == 1
    with app.app_context():
        (dead,) = db.session.query(OutboxMessage).all()
        assert dead.dead_at is not None
        assert "550" in (dead.last_error or "")


# --- the developer's page -------------------------------------------------------------------------------------------------


@on_sqlite
def test_the_page_is_shut_unless_a_setting_opens_it(app: Flask, client: FlaskClient) -> None:
    deliver(app)
    (path,) = (app.config["SETTINGS"].data_dir / "mail").iterdir()
    for url in ("/dev/mail", f"/dev/mail/{path.name}"):
        assert client.get(url).status_code == 404
    use(app, dev_mail_page=True)
    for url in ("/dev/mail", f"/dev/mail/{path.name}"):
        assert client.get(url).status_code == 200
    use(app, mail_url="smtp://127.0.0.1:9")
    assert client.get("/dev/mail").status_code == 404


@on_sqlite
def test_the_page_shows_the_newest_first(app: Flask, client: FlaskClient) -> None:
    use(app, dev_mail_page=True)
    assert "No mail yet" in client.get("/dev/mail").text
    for minute in (5, 9, 7):
        deliver(
            app, {**PAYLOAD, "id": f"{minute:032x}", "subject": f"Minute {minute} <b>", "at": f"2026-11-21T12:0{minute}:00+00:00"}
        )
    text = client.get("/dev/mail").text
    places = [text.index(f"Minute {minute} &lt;b&gt;") for minute in (9, 7, 5)]
    assert places == sorted(places)


@on_sqlite
def test_a_mail_s_links_can_be_followed(app: Flask, client: FlaskClient) -> None:
    use(app, dev_mail_page=True)
    deliver(app, {**PAYLOAD, "text": "<script>x</script>\n\nhttp://localhost/confirm/a.b-c_d\n"})
    (path,) = (app.config["SETTINGS"].data_dir / "mail").iterdir()
    text = client.get(f"/dev/mail/{path.name}").text
    assert '<a href="http://localhost/confirm/a.b-c_d">' in text
    assert "<script>x" not in text


@on_sqlite
@pytest.mark.parametrize("name", ["x", "..%2f..%2fsecret_key", "20261121T120000250000-" + "0" * 32 + ".eml", ".eml", "%00"])
def test_no_other_file_is_shown(app: Flask, client: FlaskClient, name: str) -> None:
    use(app, dev_mail_page=True)
    settings: Settings = app.config["SETTINGS"]
    (settings.data_dir / "secret_key").write_text("x")
    assert client.get(f"/dev/mail/{name}").status_code == 404


@on_sqlite
def test_wrong_methods(app: Flask, client: FlaskClient) -> None:
    use(app, dev_mail_page=True)
    assert client.post("/dev/mail").status_code == 405
