"""Hostile posts in a real browser, without the content security policy that would stop them on our pages."""

import json

import pytest
from playwright.sync_api import Browser, Page, Route

from app.rendering import html_to_markdown, render_comment, render_html, render_markdown
from tests import hostile
from tests.rendered import ALLOWED

pytestmark = pytest.mark.browser

FIRE = """
    for (const element of document.querySelectorAll('main *')) {
        for (const name of ['click', 'mouseover', 'focus', 'error', 'load', 'toggle', 'animationstart'])
            element.dispatchEvent(new Event(name, {bubbles: true, cancelable: true}))
        if (element.href) { element.addEventListener('click', event => event.preventDefault()); element.click() }
    }
    const found = new Set()
    for (const element of document.querySelectorAll('main *'))
        found.add([element.localName, ...element.getAttributeNames()].join(' '))
    for (const main of document.querySelectorAll('main')) {
        const again = document.createElement('main')
        again.innerHTML = main.innerHTML
        if (again.innerHTML !== main.innerHTML) found.add('changes when read again: ' + main.innerHTML)
    }
    return JSON.stringify({found: [...found], harmed: window.harmed || 0, mains: document.querySelectorAll('main').length})
"""


@pytest.fixture
def posts() -> list[str]:
    return [
        html
        for text in hostile.ALL
        for html in (render_markdown(text), render_html(text), render_comment(text), render_markdown(html_to_markdown(text)))
    ]


def fill(page: Page, posts: list[str]) -> None:
    page.set_content(
        "<!doctype html><script>window.alert = () => { window.harmed = (window.harmed || 0) + 1 }</script>"
        + "".join(f"<main>{post}</main>" for post in posts)
    )


def test_hostile_posts_do_nothing(chromium: Browser, posts: list[str]) -> None:
    """No script runs, nothing is asked of any host, no foreign element or attribute appears, and no post leaves its place."""
    page = chromium.new_page()
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route("**/*", refuse)
    fill(page, posts)
    seen = json.loads(page.evaluate(f"() => {{ {FIRE} }}"))
    page.close()
    assert asked == []
    assert seen["harmed"] == 0
    assert seen["mains"] == len(posts)
    for element in seen["found"]:
        tag, *attributes = element.split(" ")
        assert tag in ALLOWED, element
        assert set(attributes) <= ALLOWED[tag], element


def test_the_same_page_does_notice_harm(chromium: Browser) -> None:
    """Without the boundary the first picture runs its handler: the test above can fail."""
    page = chromium.new_page()
    page.route("**/*", lambda route: route.abort())
    fill(page, ["<img src=x onerror=alert(1)>"])
    page.wait_for_function("window.harmed > 0")
    page.close()
