"""A moderator asks the calculator; the worker computes, and the page shows it: by itself, or at the press of a link."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.door import sign_in
from tests.people import People


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
def test_asking_and_reading_the_result(open_page: OpenPage, residents: People, javascript: bool) -> None:
    page = open_page(390, javascript=javascript)
    sign_in(page, str(residents.mo.email))
    page.goto("/moderation")
    page.get_by_role("link", name="What checks would buy").click()
    page.get_by_label("Answers").fill("200")
    page.get_by_label("Days", exact=True).fill("30")
    page.get_by_role("button", name="Compute").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("200 answers, 60 checks a day")
    result = page.get_by_role("row", name="This policy, half the checks")
    for _ in range(0 if javascript else 40):
        if result.count():
            break
        page.get_by_role("link", name="Look again").click()
        page.wait_for_timeout(250)
    expect(result).to_be_visible(timeout=20_000)
    expect(page).to_have_title("Result · Calculator · Bestbefore")
    expect(page.get_by_role("img", name="Answers are permanent: ")).to_be_visible()
    assert not page.get_by_text("It is being computed").count()
