"""Coming in, in a real browser."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.door import sign_in
from tests.people import People


def test_the_door_opens(page: Page, residents: People) -> None:
    sign_in(page, str(residents.marta.email))
    page.goto("/settings")
    expect(page.get_by_label("Name")).to_have_value("Marta")


def test_the_door_opens_without_javascript(open_page: OpenPage, residents: People) -> None:
    page = open_page(390, dark=True, javascript=False)
    sign_in(page, str(residents.jonas.email))
    page.goto("/settings")
    expect(page.get_by_label("Name")).to_have_value("Jonas")
