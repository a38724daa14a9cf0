"""The page cache by itself: what it stores, for how long, under which name; and that it never serves what a write has changed."""

import gzip
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask, g, make_response
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.config import Settings
from app.db import db, transaction
from app.factory import create_app
from app.pagecache import LONGEST_SECONDS, OVERHEAD, PageCache
from app.pages import PageVersion, touch
from app.security import SESSION_COOKIE
from community.models import Tag
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.databases import close
from tests.statements import count_statements


@dataclass
class Shop:
    """A page that says how often it was made and what the database holds; what it says of itself can be set."""

    made: Counter[str] = field(default_factory=Counter)
    depends: frozenset[str] | None = frozenset({"tags"})
    valid_until: datetime | None = None
    question_id: int | None = None
    size: int = 2000
    status: int = 200
    cookie: bool = False
    meanwhile: Callable[[], object] = lambda: None

    def show(self, name: str) -> Response:
        self.made[name] += 1
        tags = list(db.session.scalars(select(Tag.name).order_by(Tag.id)))
        self.meanwhile()
        if self.depends is not None:
            g.page_depends = self.depends
        g.page_valid_until = self.valid_until
        if self.question_id is not None:
            g.page_question_id = self.question_id
        answer = make_response(f"<p>{name} {','.join(tags)}</p>" + "x" * self.size, self.status)
        if self.cookie:
            answer.set_cookie("other", "1")
        return answer


@pytest.fixture
def shop(app: Flask, client: FlaskClient) -> Shop:
    opened = Shop()
    app.add_url_rule("/shop/<name>", "shop", opened.show)
    return opened


@pytest.fixture
def cache(app: Flask) -> PageCache:
    found: PageCache = app.extensions["bestbefore_page_cache"]
    return found


def write(name: str, now: datetime, *touched: str) -> None:
    """Make a tag, and say what has changed."""
    with transaction() as session:
        session.add(Tag(name=name, description="", created_at=now, question_count=0))
        touch(session, *touched)


# --- storing ------------------------------------------------------------------------------------------------------------


def test_a_page_is_made_once(client: FlaskClient, shop: Shop) -> None:
    first = client.get("/shop/a")
    for _ in range(3):
        again = client.get("/shop/a")
        assert again.data == first.data
        assert dict(again.headers) == dict(first.headers)
    assert shop.made["a"] == 1


def test_each_address_is_a_page_of_its_own(client: FlaskClient, shop: Shop) -> None:
    for address in ("/shop/a", "/shop/b", "/shop/a?x=1", "/shop/a?x=2"):
        client.get(address)
        client.get(address)
    assert shop.made == {"a": 3, "b": 1}


@pytest.mark.parametrize(
    "changed",
    [{"depends": None}, {"status": 404}, {"status": 303}, {"cookie": True}, {"size": 9 * 1024 * 1024}],
    ids=["says nothing", "not there", "elsewhere", "sets a cookie", "too large"],
)
@on_sqlite
def test_what_is_not_stored(client: FlaskClient, shop: Shop, changed: dict[str, Any]) -> None:
    for name, value in changed.items():
        setattr(shop, name, value)
    client.get("/shop/a")
    client.get("/shop/a")
    assert shop.made["a"] == 2


@on_sqlite
def test_who_has_our_cookie_passes_by(client: FlaskClient, shop: Shop) -> None:
    client.get("/shop/a")
    client.set_cookie(SESSION_COOKIE, "whatever")
    assert client.get("/shop/a").headers["Cache-Control"] == "private, no-cache"
    client.delete_cookie(SESSION_COOKIE)
    client.set_cookie("other", "1")
    assert client.get("/shop/a").headers["Cache-Control"] == "public, no-cache"
    assert shop.made["a"] == 2


@on_sqlite
def test_other_methods_pass_by(client: FlaskClient, shop: Shop) -> None:
    client.get("/shop/a")
    assert client.post("/shop/a").status_code == 405
    assert client.get("/shop/a").status_code == 200
    assert shop.made["a"] == 1


@on_sqlite
def test_head_is_get_without_its_body(client: FlaskClient, shop: Shop) -> None:
    bare = client.head("/shop/a")
    assert bare.data == b""
    whole = client.get("/shop/a")
    stored = client.head("/shop/a")
    assert stored.data == b""
    assert dict(stored.headers) == dict(whole.headers) == dict(bare.headers)
    assert shop.made["a"] == 2  # the first HEAD was answered and not stored


@on_sqlite
def test_small_pages_under_long_addresses_fill_it_too(client: FlaskClient, shop: Shop, cache: PageCache) -> None:
    cache._limit = 64 * 1024
    shop.size = 1
    for number in range(20):
        client.get(f"/shop/a?{number}{'x' * 8000}")
    assert 1 < len(cache._pages) < 8


@pytest.mark.parametrize("kib", [0, 64])
@on_sqlite
def test_the_longest_unused_make_room(client: FlaskClient, shop: Shop, cache: PageCache, kib: int) -> None:
    cache._limit = kib * 1024
    shop.size = 10_000
    for name in "abcdef":
        client.get(f"/shop/{name}")
    client.get("/shop/a")
    for name in "gh":
        client.get(f"/shop/{name}")
    assert cache._bytes <= kib * 1024
    assert cache._bytes == sum(len(key) + len(page.body) + len(page.zipped) + OVERHEAD for key, page in cache._pages.items())
    shown = Counter(shop.made)
    client.get("/shop/a")
    client.get("/shop/b")
    assert shop.made["a"] - shown["a"] == (0 if kib else 1)
    assert shop.made["b"] - shown["b"] == 1


@on_sqlite
def test_a_cache_of_nothing(settings: Settings, clock: Clock) -> None:
    """PAGE_CACHE_MB=0: the same answers, each made anew."""
    bare = create_app(replace(settings, page_cache_mb=0))
    shop = Shop()
    bare.add_url_rule("/shop/<name>", "shop", shop.show)
    browser = bare.test_client()
    first = browser.get("/shop/a")
    second = browser.get("/shop/a", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, second.status_code) == (200, 304)
    assert shop.made["a"] == 2
    close(bare)


# --- what is sent -------------------------------------------------------------------------------------------------------


@on_sqlite
def test_compressed_for_who_takes_it(client: FlaskClient, shop: Shop) -> None:
    plain = client.get("/shop/a")
    packed = client.get("/shop/a", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Cookie" in plain.headers["Vary"]


@on_sqlite
def test_who_has_it_already_gets_nothing(client: FlaskClient, shop: Shop) -> None:
    for packing in ({}, {"Accept-Encoding": "gzip"}):
        tag = client.get("/shop/a", headers=packing).headers["ETag"]
        for given in (tag, f'"other", {tag}', f"W/{tag}"):
            answer = client.get("/shop/a", headers={**packing, "If-None-Match": given})
            assert (answer.status_code, answer.data) == (304, b"")
            assert answer.headers["ETag"] == tag
        assert client.get("/shop/a", headers={**packing, "If-None-Match": '"other"'}).status_code == 200


@on_sqlite
def test_a_page_anew_with_the_same_words_has_the_same_etag(client: FlaskClient, shop: Shop, clock: Clock) -> None:
    first = client.get("/shop/a").headers["ETag"]
    clock.now += timedelta(seconds=LONGEST_SECONDS)
    assert client.get("/shop/a", headers={"If-None-Match": first}).status_code == 304
    assert shop.made["a"] == 2


@on_sqlite
def test_the_headers_of_safety_are_stored_with_it(client: FlaskClient, shop: Shop) -> None:
    client.get("/shop/a")
    stored = client.get("/shop/a")
    assert stored.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert stored.headers["X-Content-Type-Options"] == "nosniff"


# --- until when ---------------------------------------------------------------------------------------------------------


def test_the_clock_ends_it_on_the_second(client: FlaskClient, shop: Shop, clock: Clock) -> None:
    shop.valid_until = clock.now + timedelta(seconds=60)
    client.get("/shop/a")
    clock.now += timedelta(seconds=59.999)
    client.get("/shop/a")
    assert shop.made["a"] == 1
    clock.now += timedelta(seconds=0.001)
    client.get("/shop/a")
    assert shop.made["a"] == 2


@on_sqlite
def test_ten_minutes_at_most(client: FlaskClient, shop: Shop, clock: Clock) -> None:
    shop.valid_until = clock.now + timedelta(days=90)
    client.get("/shop/a")
    clock.now += timedelta(seconds=LONGEST_SECONDS - 1)
    client.get("/shop/a")
    assert shop.made["a"] == 1
    clock.forward(seconds=1)
    client.get("/shop/a")
    assert shop.made["a"] == 2


def test_a_write_ends_it(session: Session, client: FlaskClient, shop: Shop, clock: Clock) -> None:
    assert b"<p>a </p>" in client.get("/shop/a").data
    write("sim", clock.now, "tags")
    assert b"<p>a sim</p>" in client.get("/shop/a").data
    assert b"<p>a sim</p>" in client.get("/shop/a").data
    assert shop.made["a"] == 2


def test_a_write_of_something_else_does_not(client: FlaskClient, shop: Shop, clock: Clock, session: Session) -> None:
    client.get("/shop/a")
    write("sim", clock.now, "person:7", "question:1")
    client.get("/shop/a")
    assert shop.made["a"] == 1
    assert set(session.scalars(select(PageVersion.name))) == {"person:7", "question:1"}


def test_what_is_rolled_back_does_not(client: FlaskClient, shop: Shop) -> None:
    client.get("/shop/a")

    def act() -> None:
        with transaction() as session:
            touch(session, "tags")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        act()
    client.get("/shop/a")
    assert shop.made["a"] == 1


def test_a_write_while_the_page_is_made(app: Flask, client: FlaskClient, shop: Shop, clock: Clock) -> None:
    """The page shows the moment before; what it is stored under is of the same moment, so the next request makes it anew."""

    def other() -> None:
        def act() -> None:
            with app.app_context():
                write("sim", clock.now, "tags")
                db.session.remove()

        shop.meanwhile = lambda: None
        thread = threading.Thread(target=act)
        thread.start()
        thread.join()

    shop.meanwhile = other
    assert b"<p>a </p>" in client.get("/shop/a").data
    assert b"<p>a sim</p>" in client.get("/shop/a").data


def test_a_write_just_before_the_page_is_read(session: Session, client: FlaskClient, shop: Shop, clock: Clock) -> None:
    """Written, read, written again without a page between: no count is ever met twice."""
    for number in range(5):
        write(f"sim-{number}", clock.now, "tags")
        assert client.get("/shop/a").data.count(b"sim-") == number + 1
        assert client.get("/shop/a").data.count(b"sim-") == number + 1
    assert shop.made["a"] == 5


def test_many_threads_read_and_write(app: Flask, client: FlaskClient, shop: Shop, clock: Clock) -> None:
    """Whoever asks after a write has returned sees it, whatever others store at that moment."""
    failures: list[str] = []
    numbers = iter(range(10_000))
    lock = threading.Lock()

    def writer() -> None:
        browser = app.test_client()
        for _ in range(12):
            with lock:
                name = f"tag-{next(numbers)}"
            with app.app_context():
                write(name, clock.now, "tags")
                db.session.remove()
            if name.encode() + b"," not in browser.get("/shop/a").data.replace(b"</p>", b","):
                failures.append(name)

    def reader() -> None:
        browser = app.test_client()
        for _ in range(40):
            browser.get("/shop/a")

    threads = [threading.Thread(target=act) for act in (writer, writer, writer, reader, reader)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert next(numbers) == 36


# --- what it costs ------------------------------------------------------------------------------------------------------


@on_sqlite
def test_on_sqlite_nothing_is_asked_while_nothing_is_written(
    session: Session, client: FlaskClient, shop: Shop, clock: Clock, cache: PageCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/shop/a")
    asked: list[tuple[str, ...]] = []
    stamp = cache._versions.stamp

    def listened(names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
        asked.append(names)
        return stamp(names)

    monkeypatch.setattr(cache._versions, "stamp", listened)
    for _ in range(3):
        client.get("/shop/a")
    assert asked == []
    write("sim", clock.now, "person:7")
    for _ in range(3):
        client.get("/shop/a")
    assert asked == [("tags",)]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_on_postgresql_one_short_statement_is(client: FlaskClient, shop: Shop) -> None:
    client.get("/shop/a")
    with count_statements() as sent:
        client.get("/shop/a")
    assert len(sent) == 1
    assert "page_versions" in sent[0]


@on_sqlite
def test_views_are_counted_whether_stored_or_not(app: Flask, client: FlaskClient, shop: Shop) -> None:
    counted: list[int] = []
    app.extensions["bestbefore_page_cache"]._count_view = counted.append
    shop.question_id = 7
    client.get("/shop/a")
    views = app.extensions["bestbefore_views"]
    client.get("/shop/a")
    client.get("/shop/a", headers={"If-None-Match": client.get("/shop/a").headers["ETag"]})
    assert counted == [7, 7, 7]  # the stored ones; the first was counted where it was made
    assert views._counts[7] == 1
