"""What a question page weighs for somebody who comes for the first time: requests, and bytes as they travel."""

import gzip
import io

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request, expect

from app.demo.load import PASSWORD
from tests.browser.conftest import OpenPage
from tests.browser.door import come_back
from tests.web import Web

REQUESTS = 6
BYTES = 50_000
HTML_BYTES = 4096

NORMAL = (
    "Why does roaming data not work in Spain after my number transfer?",
    "Which countries are in the roaming allowance?",
    "How do I move my eSIM to a new phone?",
)
"""Questions with two or three answers and comments, by people with faces."""

FACES = """() => [...document.querySelectorAll('img.av')].filter(face => face.checkVisibility()).map(face => face.naturalWidth)"""
"""How wide the pictures are that can be seen; 0 where one was not loaded. What is folded up waits."""


@pytest.fixture(scope="module")
def live_server(demo_site: Web) -> Web:
    return demo_site


def load(page: Page, path: str) -> list[Request]:
    """Open a page, read it to its end, and return what was asked for on the way."""
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - a bound method of a list takes no listener's mark
    page.goto(path)
    page.mouse.wheel(0, 100_000)
    page.wait_for_load_state("networkidle")
    return asked


def address(page: Page, title: str) -> str:
    """Where a question is, found by its title."""
    page.goto("/search?q=" + title.replace(" ", "+"))
    link = page.get_by_role("main").get_by_role("link", name=title).get_attribute("href")
    assert link is not None
    return link


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("title", NORMAL)
def test_a_question_page_is_light(open_page: OpenPage, title: str, width: int) -> None:
    path = address(open_page(), title)
    page = open_page(width)
    asked = load(page, path)
    faces: list[int] = page.evaluate(FACES)
    assert len(faces) >= 2
    assert all(faces), "a face was not drawn"
    sizes = {request.url: request.sizes() for request in asked}
    told = "\n".join(f"{size['responseBodySize']:6} + {size['responseHeadersSize']:4} {url}" for url, size in sizes.items())
    assert len(asked) <= REQUESTS, told
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes.values()) < BYTES, told
    html = asked[0].response()
    assert html is not None
    assert html.header_value("content-encoding") == "gzip"
    assert len(gzip.compress(html.body(), 6)) < HTML_BYTES, told
    assert sizes[asked[0].url]["responseBodySize"] < HTML_BYTES, told


def test_a_second_page_asks_for_itself_alone(chromium: Browser, live_server: Web) -> None:
    """Style, script and faces are kept by the browser. The other windows' requests are watched, which keeps them from keeping."""
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    first, second = (address(page, title) for title in NORMAL[:2])
    load(page, first)
    load(page, second)
    parts = page.evaluate("() => performance.getEntriesByType('resource').map(part => [part.name, part.transferSize])")
    context.close()
    assert len(parts) >= 3
    assert [name for name, size in parts if size] == []


def test_a_picture_of_one_s_own_is_asked_for_when_it_is_seen(open_page: OpenPage, live_server: Web) -> None:
    """Uploaded faces are a file each; those far below wait until one comes near."""
    picture = io.BytesIO()
    Image.new("RGB", (300, 300), "teal").save(picture, "PNG")
    page = open_page()
    come_back(page, live_server.url, "niamh@example.com", PASSWORD)
    page.goto("/settings")
    page.get_by_label("Choose a picture").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    page.get_by_role("button", name="Use this picture").click()
    expect(page.get_by_role("status")).to_be_visible()
    path = address(page, "What really improved your Wi-Fi in a house with thick walls?")
    reader = open_page(200)  # so long a page that she is far below, however far ahead a browser on a slow line looks
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    reader.goto(path.partition("#")[0])
    reader.wait_for_load_state("networkidle")
    mine = reader.locator("img.av[src^='/media/avatars/']").first
    assert mine.get_attribute("loading") == "lazy"
    assert reader.evaluate("picture => picture.getBoundingClientRect().top", mine.element_handle()) > 3000 + 844
    assert not any("/media/" in url for url in asked), "her answer is the fifth"
    with reader.expect_request(lambda request: "/media/avatars/" in request.url):
        mine.scroll_into_view_if_needed()
