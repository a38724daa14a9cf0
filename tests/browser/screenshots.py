"""Makes the pictures of the README in docs/screenshots: the demo community, always at the same moment.

    python -m tests.browser.screenshots [FOLDER]

The product runs inside this process, since its clock and Chromium's have to stand still; what is drawn is the same each time.
"""

import io
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from app import clock
from app.demo.load import PASSWORD, load_demo
from app.factory import create_app
from tests.browser.conftest import ARGUMENTS, program
from tests.browser.door import sign_in
from tests.databases import close, migrate, settings_for
from tests.source import ROOT
from tests.web import free_port

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 150_000
"""Bytes of one picture."""
COLOURS = (256, 128, 64)


@dataclass(frozen=True)
class Picture:
    """A page, whose browser shows it, and on what: `desktop` or `phone`, `light` or `dark`."""

    name: str
    path: str
    theme: str
    device: str
    who: str = ""
    height: int = 960

    @property
    def file(self) -> str:
        return f"{self.name}-{self.theme}-{self.device}.png"


PICTURES = (
    Picture("front", "/", "light", "desktop"),
    Picture("front", "/?tab=active", "light", "phone"),
    Picture("question", "/questions/16", "light", "desktop", height=1440),
    Picture("question", "/questions/16#answers", "dark", "phone"),
    Picture("review", "/review", "light", "desktop", "ana", height=1080),
    Picture("search", "/search?q=roaming", "light", "desktop"),
    Picture("person", "/people/2?tab=reputation", "dark", "desktop"),
)


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """A picture needs no access log."""


@contextmanager
def served() -> Iterator[str]:
    """The product with the demo community at `NOW`; gives its address."""
    with tempfile.TemporaryDirectory() as folder, patch.object(clock, "utcnow", lambda: NOW):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        data = Path(folder)
        settings = replace(settings_for(f"sqlite:///{data / 'bestbefore.db'}", data / "data"), site_url=url)
        migrate(settings.database_url, settings.data_dir)
        app = create_app(settings)
        with app.app_context():
            load_demo(NOW)
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield url
        server.shutdown()
        thread.join()
        server.server_close()
        close(app)


def take(browser: Browser, url: str, picture: Picture) -> bytes:
    """One screen of a page, as it comes out of the browser."""
    phone = picture.device == "phone"
    context = browser.new_context(
        base_url=url,
        viewport={"width": 390, "height": 844} if phone else {"width": 1440, "height": picture.height},
        device_scale_factor=2 if phone else 1,
        has_touch=phone,
        color_scheme="dark" if picture.theme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    context.clock.set_fixed_time(NOW)
    page = context.new_page()
    if picture.who:
        sign_in(page, f"{picture.who}@example.com", PASSWORD)
    page.goto(picture.path, wait_until="networkidle")
    taken = page.screenshot()
    context.close()
    return taken


def smaller(taken: bytes) -> bytes:
    """The picture with as many colours as fit into `LARGEST` bytes; ValueError when even the fewest do not.

    Colours are chosen by how far they reach, since by how often they occur a small green ring would lose its own to the paper,
    and then drawn to what is really there, which gives the paper its own.
    """
    image = Image.open(io.BytesIO(taken)).convert("RGB")
    for colours in COLOURS:
        packed = io.BytesIO()
        image.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        if packed.tell() < LARGEST:
            return packed.getvalue()
    raise ValueError(f"a picture is larger than {LARGEST} bytes")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(playwright), args=list(ARGUMENTS))
        for picture in PICTURES:
            (folder / picture.file).write_bytes(smaller(take(browser, url, picture)))
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
