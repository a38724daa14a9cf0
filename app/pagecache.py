"""Signed-out pages, stored and served before the application is asked, and never stale.

A view says what its page depends on (`g.page_depends`, names of `app.pages`), until when the clock leaves it as it is
(`g.page_valid_until`), and which question it shows (`g.page_question_id`, to count the view). The page is then kept with the
versions of those names, read in the same snapshot as the page's own content. The next request compares versions, so a write in
any process is seen by the first request after it:

- SQLite: `PRAGMA data_version` changes with any commit of any other connection. While it stands still nothing is compared; when
  it moved, the page's versions are read again, and a page that is not concerned goes on being served.
- PostgreSQL: the page's versions are read at each request, by one short statement.

A request that carries our session cookie passes by: what belongs to a viewer is never stored.
"""

import gzip
import hashlib
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from sqlalchemy import Engine

from app import clock, pages
from app.db import db
from app.security import SESSION_COOKIE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LONGEST_SECONDS = 600
"""After so long a page is made anew even when nothing has changed, for the counts that may lag (views)."""
COMPRESS_FROM = 1024
"""Smaller bodies are sent as they are, in bytes."""

OVERHEAD = 4096
"""Bytes that a stored page takes beside its bodies and its address: headers, names, versions. With it, many small pages under
ever new addresses (`/robots.txt?1`, `?2`, …) cannot take more memory than the limit."""

Stamp = tuple[tuple[str, int], ...]


@dataclass
class Page:
    """A stored page."""

    headers: list[tuple[str, str]]
    body: bytes
    zipped: bytes
    etag: str
    depends: tuple[str, ...]
    stamp: Stamp
    valid_until: float
    question_id: int | None
    seen_at_version: int | None
    """SQLite's data_version when the stamp was last compared."""


class Versions:
    """How the cache learns whether anything has changed, outside of any request's session."""

    def __init__(self, engine: Engine) -> None:
        # One statement, not a transaction around it.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT") if engine.dialect.name != "sqlite" else engine
        self._lock = threading.Lock()
        is_file = engine.dialect.name == "sqlite" and engine.url.database not in (None, "", ":memory:")
        self._file = str(engine.url.database) if is_file else None
        self._connection: sqlite3.Connection | None = None

    def token(self) -> int | None:
        """A number that differs after any commit; None where there is no such number."""
        if self._file is None:
            return None
        with self._lock:
            row = self._sqlite(self._file).execute("PRAGMA data_version").fetchone()
        return int(row[0])

    def stamp(self, names: tuple[str, ...]) -> Stamp:
        """The versions of the names, now."""
        if self._file is None:
            with self._engine.connect() as connection:
                return pages.stamp(connection, names)
        marks = ",".join("?" * len(names))
        query = f"SELECT name, version FROM page_versions WHERE name IN ({marks})"  # noqa: S608 - only question marks are put in
        with self._lock:
            rows = self._sqlite(self._file).execute(query, names).fetchall()
        return tuple(sorted((str(name), int(version)) for name, version in rows))

    def _sqlite(self, file: str) -> sqlite3.Connection:
        """The one connection of this process: data_version means something only between looks of the same connection. It is made
        at the first look, since a connection must not be carried through a fork."""
        if self._connection is None:
            self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        return self._connection

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


class PageCache:
    """WSGI middleware with the store behind it. `count_view` is told of every page shown, stored or not."""

    def __init__(
        self,
        wsgi_app: "WSGIApplication",
        versions: Versions,
        limit_bytes: int,
        count_view: Callable[[int], None],
    ) -> None:
        self.wsgi_app = wsgi_app
        self._versions = versions
        self._limit = limit_bytes
        self._count_view = count_view
        self._lock = threading.Lock()
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._bytes = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or SESSION_COOKIE in environ.get("HTTP_COOKIE", ""):
            return self.wsgi_app(environ, start_response)
        key = _key(environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))
        page = self._pages.get(key)
        if page is None:
            environ["bestbefore.token"] = self._versions.token()
            return self.wsgi_app(environ, start_response)
        if not self._is_current(page):
            self._drop(key)
            environ["bestbefore.token"] = self._versions.token()
            return self.wsgi_app(environ, start_response)
        self._use(key)
        if page.question_id is not None:
            self._count_view(page.question_id)
        return _send(page, environ, start_response)

    def _is_current(self, page: Page) -> bool:
        if clock.utcnow().timestamp() >= page.valid_until:
            return False
        token = self._versions.token()
        if token is not None and token == page.seen_at_version:
            return True
        if self._versions.stamp(page.depends) != page.stamp:
            return False
        page.seen_at_version = token
        return True

    def keep(self, key: str, page: Page) -> None:
        """Store a page; the longest unused ones make room."""
        size = _size(key, page)
        if size > self._limit // 4:
            return
        with self._lock:
            self._forget(key)
            self._pages[key] = page
            self._bytes += size
            while self._bytes > self._limit:
                self._forget(next(iter(self._pages)))

    def close(self) -> None:
        """Let go of the connection that watches for changes."""
        self._versions.close()

    def _use(self, key: str) -> None:
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)

    def _drop(self, key: str) -> None:
        with self._lock:
            self._forget(key)

    def _forget(self, key: str) -> None:
        old = self._pages.pop(key, None)
        if old is not None:
            self._bytes -= _size(key, old)


def init_app(app: Flask, limit_bytes: int, count_view: Callable[[int], None]) -> None:
    """Put the cache before `app` and let its pages into it; `limit_bytes` 0 stores nothing."""
    with app.app_context():
        versions = Versions(db.engine)
    cache = PageCache(app.wsgi_app, versions, limit_bytes, count_view)
    app.wsgi_app = cache  # type: ignore[method-assign]  # Flask's documented way to add middleware
    app.extensions["bestbefore_page_cache"] = cache

    def finish(response: Response) -> Response:
        signed_in = SESSION_COOKIE in request.cookies
        shown = request.method in ("GET", "HEAD") and response.status_code == 200 and "page_depends" in g  # noqa: PLR2004 - OK
        if not shown or signed_in or "Set-Cookie" in response.headers:
            if shown and getattr(g, "page_question_id", None) is not None:
                count_view(g.page_question_id)
            response.headers.setdefault("Cache-Control", "private, no-cache" if signed_in else "no-cache")
            return _compress(response)
        page = _page(response)
        if limit_bytes and request.method == "GET":
            cache.keep(_key(request.environ.get("PATH_INFO", ""), request.environ.get("QUERY_STRING", "")), page)
        if page.question_id is not None:
            count_view(page.question_id)
        return _response(page)

    app.after_request(finish)


def _size(key: str, page: Page) -> int:
    return len(page.body) + len(page.zipped) + len(key) + OVERHEAD


def _key(path: str, query: str) -> str:
    return f"{path}?{query}"


def _page(response: Response) -> Page:
    """The response as a page to store. The stamp is read in the request's own snapshot, the one the content was read in."""
    body = response.get_data()
    depends = tuple(sorted(set(g.page_depends)))
    valid_until: datetime | None = getattr(g, "page_valid_until", None)
    latest = clock.utcnow().timestamp() + LONGEST_SECONDS
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    kept = ("Content-Length", "Content-Encoding")
    return Page(
        headers=[(name, value) for name, value in response.headers if name not in kept],
        body=body,
        zipped=gzip.compress(body, 6, mtime=0),
        etag=f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        depends=depends,
        stamp=pages.stamp(db.session(), depends),
        valid_until=min(latest, valid_until.timestamp()) if valid_until else latest,
        question_id=getattr(g, "page_question_id", None),
        seen_at_version=request.environ.get("bestbefore.token"),
    )


def _send(page: Page, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    status, headers, body = _answer(page, environ.get("HTTP_IF_NONE_MATCH", ""), environ.get("HTTP_ACCEPT_ENCODING", ""))
    start_response(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _answer(page: Page, if_none_match: str, accepts: str) -> tuple[str, list[tuple[str, str]], bytes]:
    zipped = "gzip" in accepts
    # A compressed body is another representation, so it has an ETag of its own (RFC 9110, 8.8.3.3).
    etag = f'{page.etag[:-1]}-gz"' if zipped else page.etag
    if etag in if_none_match:
        return "304 NOT MODIFIED", [*page.headers, ("ETag", etag)], b""
    body = page.zipped if zipped else page.body
    headers = [*page.headers, ("ETag", etag), ("Content-Length", str(len(body)))]
    if zipped:
        headers.append(("Content-Encoding", "gzip"))
    return "200 OK", headers, body


def _response(page: Page) -> Response:
    status, headers, body = _answer(page, request.headers.get("If-None-Match", ""), request.headers.get("Accept-Encoding", ""))
    return Response(body, status=status, headers=headers)


def _compress(response: Response) -> Response:
    """Compress what is not stored, lightly: it is made for one reader."""
    zippable = not response.direct_passthrough and response.mimetype in ("text/html", "application/json")
    if zippable and "Content-Encoding" not in response.headers and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = response.get_data()
        if len(body) >= COMPRESS_FROM:
            response.set_data(gzip.compress(body, 1, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
            response.vary.add("Accept-Encoding")
    return response
