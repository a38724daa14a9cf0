"""Chromium and a served product for the browser tests.

`open_page(390, dark=True, javascript=False)` opens a window on the product; `page` is a plain one. Whatever a page complains
about (an error in a script, a breach of the content security policy) and whatever it asks of another site fails the test.

The product is empty but for `residents`; where a file's own `live_server` returns `demo_site`, it holds the demo community.
"""

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Route, expect, sync_playwright

from app import clock
from app.db import db
from app.demo.load import load_demo
from app.factory import create_app
from tests import people as everybody
from tests.conftest import missing
from tests.databases import SQLiteTemplate, close, migrate, settings_for
from tests.people import People
from tests.servers import PostgreSQL
from tests.web import Web, Worker

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
PATIENCE = 10_000
"""Milliseconds until a page that does not do what it should has failed."""

expect.set_options(timeout=PATIENCE)

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the test process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(playwright), args=list(ARGUMENTS))
        yield browser
        browser.close()


def program(playwright: Playwright) -> str:
    """Where Chromium is; the test is skipped, or fails, where there is none."""
    named = os.environ.get("CHROMIUM")
    own = playwright.chromium.executable_path
    found = [named] if named else [*filter(None, map(shutil.which, NAMES)), *([own] if Path(own).exists() else [])]
    if not found:
        missing("no Chromium was found; CHROMIUM names one")
    return found[0]


@pytest.fixture(scope="module")
def live_server(_sqlite_template: SQLiteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The product, web server and worker, on an empty SQLite database that the tests of one file share.

    `live_server.settings` reach the database from the test: `create_app(live_server.settings)`.
    """
    folder = tmp_path_factory.mktemp("live")
    web = Web(settings_for(_sqlite_template.copy_to(folder), folder / "data"))
    with web, Worker(web.settings):
        yield web


@pytest.fixture(scope="session")
def demo_site(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The product with the demo community, web server and worker, filled once for the test process; mails can be read in it.

    On PostgreSQL, so that every page there is is made by it: `tests.pages` makes most of them on SQLite only.
    """
    folder = tmp_path_factory.mktemp("demo")
    settings = settings_for(postgresql.create_database("demo"), folder / "data")
    migrate(settings.database_url, settings.data_dir)
    app = create_app(settings)
    with app.app_context():
        load_demo(clock.utcnow())
    close(app)
    web = Web(dataclasses.replace(settings, dev_mail_page=True))
    with web, Worker(web.settings):
        yield web


@pytest.fixture(scope="module")
def residents(live_server: Web) -> Iterator[People]:
    """Everybody, in the served database, for a year until this moment: the server's clock is the real one.

    The application context of the served database stays open with them, so that verbs can be called.
    """
    app = create_app(live_server.settings)
    with app.app_context():
        yield everybody.settle(db.session(), clock.utcnow())
    close(app)


@pytest.fixture
def open_page(chromium: Browser, live_server: Web) -> Iterator[OpenPage]:
    """Opens windows of a width in CSS pixels, light or dark, with or without JavaScript; each has its own cookies."""
    complaints: list[str] = []
    contexts = []

    def open_one(width: int = 1440, *, dark: bool = False, javascript: bool = True) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 844 if width < 600 else 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            has_touch=width < 600,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.route(lambda url: not url.startswith((live_server.url, "data:", "blob:")), refuse)
        context.on("console", listen)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        return context.new_page()

    def refuse(route: Route) -> None:
        complaints.append(f"asked another site: {route.request.url}")
        route.abort()

    def listen(message: ConsoleMessage) -> None:
        # A refusal that a test provokes shows in the console as well; the test looks at it itself.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            complaints.append(message.text)

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A light window of 1440 pixels."""
    return open_page()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder carries the marker `browser`."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
