"""What tests are given. A test that takes `app`, `client` or `session` runs twice: on SQLite and on PostgreSQL.

Those of `PAGES` run on SQLite only: they are about what pages show. Every page is made by PostgreSQL too, and looked at, in
`tests/browser/test_accessibility.py`.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TypeVar

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import clock as product_clock
from app.config import Settings
from app.db import db
from app.factory import create_app
from search.semantic import package
from tests import people as everybody
from tests import quick
from tests.browsers import Browser
from tests.clock import Clock
from tests.databases import PostgresDatabase, SQLiteTemplate, close, settings_for
from tests.people import People
from tests.servers import PostgreSQL, Redis, Server, ServerMissing

S = TypeVar("S", bound=Server)

# The same examples in every run, so that a red run says that something was changed; HYPOTHESIS_PROFILE=explore looks further.
hypothesis.settings.register_profile("suite", derandomize=True)
hypothesis.settings.register_profile("explore", max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

quick.install()

SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"

PAGES = (
    *("test_help", "test_inbox", "test_moderation_pages", "test_never_stale", "test_people_pages", "test_question_page"),
    *("test_question_revisions", "test_review", "test_tags_pages"),
    *("test_accounts_addresses", "test_accounts_avatars", "test_accounts_passwords", "test_accounts_people"),
    *("test_accounts_signing_in", "test_accounts_signup"),
)
"""Files of tests that see one database."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the tests of `PAGES` the first database only, where they do not say which they want."""
    said = any("database" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if metafunc.module.__name__.rpartition(".")[2] in PAGES and "database" in metafunc.fixturenames and not said:
        metafunc.definition.add_marker(pytest.mark.parametrize("database", ["sqlite"], indirect=True))


def missing(what: str) -> NoReturn:
    """Skip, and say what this machine lacks; where REQUIRE_SERVERS is set, as in `.ci/run`, fail instead."""
    if os.environ.get("REQUIRE_SERVERS"):
        pytest.fail(f"REQUIRE_SERVERS is set and {what}", pytrace=False)
    pytest.skip(what)


# --- time ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def now() -> datetime:
    """The moment all stories happen at."""
    return datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The product's clock, standing at `now`; `clock.forward(days=90)` moves it."""
    standing = Clock(now)
    monkeypatch.setattr(product_clock, "utcnow", standing.utcnow)
    return standing


# --- servers ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server for this test process."""
    with there_is(PostgreSQL) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A Redis server for this test process."""
    with there_is(Redis) as server:
        yield server


@pytest.fixture
def own_postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server for one test, which may stop it, kill it and start it again."""
    with there_is(PostgreSQL) as server:
        yield server


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis server for one test, likewise."""
    with there_is(Redis) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The address of an emptied Redis, good for other processes too."""
    redis_server.empty()
    return redis_server.url


def there_is(kind: Callable[[], S]) -> S:
    """A server that is not started yet; where its program is not installed the test is skipped, or fails."""
    try:
        return kind()
    except ServerMissing as error:
        missing(str(error))


@pytest.fixture(scope="session")
def proc() -> Path:
    """The folder that tells about processes, for tests that measure memory; Linux has it."""
    folder = Path("/proc")
    if not (folder / "self" / "status").exists():
        missing("this machine has no /proc")
    return folder


# --- databases ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SQLiteTemplate:
    return SQLiteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def _postgres_database(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> PostgresDatabase:
    return PostgresDatabase(postgresql, tmp_path_factory.mktemp("postgresql"))


@pytest.fixture
def sqlite_url(_sqlite_template: SQLiteTemplate, tmp_path: Path) -> str:
    """The address of an empty, migrated SQLite file."""
    return _sqlite_template.copy_to(tmp_path)


@pytest.fixture
def postgres_url(_postgres_database: PostgresDatabase) -> str:
    """The address of an empty, migrated PostgreSQL database."""
    return _postgres_database.emptied()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The address of an empty, migrated database, of one kind and then of the other.

    A test for one kind says `@pytest.mark.parametrize("database", ["postgresql"], indirect=True)`.
    """
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


# --- the product --------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings of this test; replace some with `dataclasses.replace` in a fixture of the same name."""
    return settings_for(database, tmp_path / "data")


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The product on this test's database."""
    made = create_app(settings)
    made.test_client_class = Browser
    yield made
    close(made)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The session the verbs use, in an application context that lasts as long as the test."""
    with app.app_context():
        yield db.session()
        db.session.rollback()


@pytest.fixture
def client(app: Flask, clock: Clock) -> FlaskClient:
    """A browser that nobody has signed in with. The product's clock stands at `now`; `people.sign_in` signs somebody in."""
    return app.test_client()


@pytest.fixture
def people(session: Session, now: datetime) -> People:
    """Marta, Jonas, Ana, Mo and Ada, in the database."""
    return everybody.settle(session, now)


# --- real data ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def stackexchange_dump() -> Path:
    """The folder of a real Stack Exchange dump; skipped visibly where it is not at hand."""
    return _shared("ai.stackexchange.com")


@pytest.fixture(scope="session")
def stackfaq() -> Path:
    """The folder of the StackFAQ collection; skipped visibly where it is not at hand."""
    return _shared("stackfaq")


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The folder of the model for search by meaning; skipped visibly where it is not installed, as the product does without."""
    try:
        return package.folder()
    except package.ModelMissing as error:
        pytest.skip(str(error))


def _shared(name: str) -> Path:
    folder = SHARED_DATA / name
    if not folder.is_dir():
        pytest.skip(f"../shared/data/{name} is not at hand")
    return folder
