"""The search field while one types, by keyboard; from the form one asks with to the answer, and what is said of it there."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app import clock
from tests.browser.conftest import OpenPage
from tests.browser.door import sign_in
from tests.people import People
from tests.stories import answered, ask

OTHERS = ("Router is loud at night", "Router asks for a password every day")


@pytest.fixture(scope="module")
def thread(residents: People) -> tuple[int, int]:
    """Three questions about routers, the first of them with a current answer: its number and the answer's."""
    then = clock.utcnow() - timedelta(days=2)
    for title in OTHERS:
        ask(residents.marta, then, title=title)
    return answered(residents, then)


def until_suggested(page: Page, words: str) -> None:
    """Type until the worker has read the titles."""
    field = page.locator(".find input")
    for _ in range(20):
        page.goto("/")
        field.press_sequentially(words, delay=20)
        try:
            expect(page.get_by_role("option")).to_have_count(3, timeout=1_000)
        except AssertionError:
            continue
        return
    raise AssertionError("nothing was suggested")


def test_the_field_by_keyboard(open_page: OpenPage, residents: People, thread: tuple[int, int]) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/search/suggest" in request.url else None)
    until_suggested(page, "router")
    field, options = page.locator(".find input"), page.get_by_role("option")
    assert [url.rpartition("=")[2] for url in asked[-2:]][-1] == "router"
    assert len(asked) < len("router") * 20, "not one for each letter"
    expect(field).to_have_attribute("role", "combobox")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".find [role=status]")).to_contain_text("3 suggestions")
    expect(options.first).to_contain_text("My router drops the Wi-Fi every evening")
    expect(options.first).to_contain_text("current")
    chosen = page.locator("[role=option][aria-selected=true]")
    for key, number in (("ArrowDown", 0), ("ArrowDown", 1), ("End", 2), ("Home", 0), ("ArrowUp", None), ("ArrowUp", 2)):
        page.keyboard.press(key)
        expect(chosen).to_have_count(0 if number is None else 1)
        if number is not None:
            expect(options.nth(number)).to_have_attribute("aria-selected", "true")
            assert field.get_attribute("aria-activedescendant") == options.nth(number).get_attribute("id")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("router")
    before = len(asked)
    field.press("Backspace")
    expect(page.get_by_role("listbox")).to_be_visible()
    field.press_sequentially("r")
    expect(options).to_have_count(3)
    page.wait_for_timeout(300)
    assert len(asked) == before + 1, "what was asked a moment ago is not asked again"
    field.press("ArrowDown")
    field.press("Enter")
    expect(page).to_have_url(re.compile(rf"/questions/{thread[0]}/"))
    page.go_back()
    field.fill("router loud")
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=router"))


def test_without_scripts_it_is_a_form(open_page: OpenPage, thread: tuple[int, int]) -> None:
    page = open_page(390, javascript=False)
    page.goto("/")
    page.locator(".find input").fill("router")
    page.locator(".find input").press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=router"))


def test_from_the_form_to_the_answer(open_page: OpenPage, residents: People, thread: tuple[int, int]) -> None:
    page = open_page(390, dark=True)
    sign_in(page, str(residents.ana.email))
    link = page.locator("#similar").get_by_role("link", name="My router drops the Wi-Fi every evening")
    for _ in range(20):
        page.goto("/questions/new")
        page.get_by_label("Title").press_sequentially("My router drops the Wi-Fi")
        page.wait_for_timeout(600)
        if link.count():
            break
    link.click()
    expect(page).to_have_url(re.compile(rf"/questions/{thread[0]}/.*#answer-{thread[1]}"))
    notice = page.get_by_text("Does this answer what you were about to ask?")
    expect(notice).to_be_in_viewport()
    page.mouse.wheel(0, 2_000)
    expect(notice).to_be_in_viewport()
    page.locator(".fls").get_by_role("button", name="This solved it").click()
    expect(page.get_by_text("Good that you need not ask")).to_be_visible()
    page.goto("/questions/new")
    expect(page.get_by_label("Title")).to_have_value("My router drops the Wi-Fi")
