"""Coming in as a person does, by the form and by the link in a mail."""

import re
import time

from playwright.sync_api import Page

from app import mail
from app.config import Settings
from tests.people import PASSWORD

PATIENCE = 10.0
"""Seconds until a mail that does not come is missed."""


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fill in the form and wait until the door is open."""
    page.goto("/sign-in")
    page.get_by_label("Mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: not url.endswith("/sign-in"), timeout=30_000)  # hashing takes its time on a busy machine


_open_doors: dict[tuple[str, str], dict[str, str]] = {}


def come_back(page: Page, site: str, email: str, password: str = PASSWORD) -> None:
    """Be signed in at `site` as in an earlier window, through the form only the first time: attempts are counted."""
    if (site, email) not in _open_doors:
        sign_in(page, email, password)
        _open_doors[site, email] = {one["name"]: one["value"] for one in page.context.cookies()}
    page.context.add_cookies([{"name": name, "value": value, "url": site} for name, value in _open_doors[site, email].items()])


def link_mailed(settings: Settings, to: str, path: str) -> str:
    """The path of the newest link below `path` that the worker has mailed to an address; AssertionError when none comes."""
    folder = mail.folder_of(settings)
    assert folder is not None
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for _, message in mail.stored(folder):
            found = re.search(rf"{re.escape(settings.site_url)}({re.escape(path)}\S+)", message.get_content())
            if message["To"] == to and found:
                return found.group(1)
        time.sleep(0.1)
    raise AssertionError(f"no link to {path} was mailed to {to}")
