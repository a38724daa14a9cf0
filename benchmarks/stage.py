"""What is measured: the product on an imported dump times ten, served as `make run` serves it, and the bare server beside it."""

import gzip
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from app import clock, schema
from app.accounts import signup
from app.config import Settings, load
from app.db import db
from app.factory import create_app
from app.serve import web_command

ROOT = Path(__file__).resolve().parent.parent
DUMP = ROOT.parent / "shared" / "data" / "ai.stackexchange.com"
PASSWORD = "three geese on a slow train"  # noqa: S105 - of a database that lives for minutes


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    """Of every process that is started for a run."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "DATABASE_URL", "REDIS_URL") if name in os.environ}
    return {
        **kept,
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "POSTS_PER_HOUR": "100000",
        "BEHIND_PROXIES": "1",
        **more,
    }


def prepare(folder: Path, port: int, times: int) -> Settings:
    """A migrated database with the dump resampled `times` times, an index, and one person with a password."""
    environ = environment(folder, port)
    settings = load(environ)
    app = create_app(settings)
    schema.upgrade(app)
    with app.app_context():
        signup.create_admin("Bench", "bench@example.com", PASSWORD, clock.utcnow())
        db.session.remove()
    dump = folder / "dump" / "ai.stackexchange.com"
    resample = ["benchmarks.make_dump", str(DUMP), "--times", str(times), "--out", str(dump)]
    subprocess.run([sys.executable, "-m", *resample], cwd=ROOT, check=True, env=environ, capture_output=True)
    started = time.perf_counter()
    command = [sys.executable, "-m", "flask", "--app", "app.cli:create_app"]
    out = subprocess.run(
        [*command, "import", "stackexchange", str(dump)], cwd=ROOT, check=True, env=environ, capture_output=True, text=True
    )
    took = time.perf_counter() - started
    print(f"{out.stdout}import: {took:.1f} s")
    started = time.perf_counter()
    subprocess.run([*command, "search", "rebuild"], cwd=ROOT, check=True, env=environ)
    print(f"search rebuild: {time.perf_counter() - started:.1f} s")
    return settings


@contextmanager
def serving(settings: Settings, environ: Mapping[str, str], target: str = "wsgi:app") -> Iterator[tuple[str, int, float]]:
    """The web server, with `target` in it; gives its address, its process id, and the seconds until it answered."""
    command = [*web_command(settings)[:-1], target]
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env=dict(environ)) as process:
        try:
            _wait(settings.port)
            yield f"http://127.0.0.1:{settings.port}", process.pid, time.perf_counter() - started
        finally:
            process.terminate()


@contextmanager
def working(environ: Mapping[str, str]) -> Iterator[int]:
    """The worker; gives its process id."""
    with subprocess.Popen([sys.executable, "-m", "app.worker"], cwd=ROOT, env=dict(environ)) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def _wait(port: int) -> None:
    deadline = time.perf_counter() + 60
    while time.perf_counter() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise RuntimeError("the server did not start")


def post(port: int, path: str, cookie: str = "", **fields: str) -> tuple[int, str, str]:
    """Send a form; returns status, location, and the cookie that was set."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", "Cookie": cookie}
    connection.request("POST", path, urlencode(fields), headers)
    response = connection.getresponse()
    response.read()
    kept = (response.headers.get("Set-Cookie") or "").partition(";")[0]
    return response.status, response.headers.get("Location", ""), kept


def get(port: int, path: str, cookie: str = "", network: int = 0) -> tuple[int, bytes, str]:
    """Fetch a page as a browser does; returns status, body as sent (compressed), and location. `network`: which of many networks
    it comes from, since one is soon told to slow down."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    source = f"10.{network >> 16 & 255}.{network >> 8 & 255}.{network & 255}"
    connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Cookie": cookie, "X-Forwarded-For": source})
    response = connection.getresponse()
    return response.status, response.read(), response.headers.get("Location", "")


def sign_in(port: int) -> str:
    """A cookie of the person who was made with the database."""
    status, _, cookie = post(port, "/sign-in", email="bench@example.com", password=PASSWORD)
    if not cookie:
        raise RuntimeError(f"signing in gave {status}")
    return cookie


def unzipped(body: bytes) -> str:
    """The text of a compressed page."""
    return gzip.decompress(body).decode()
