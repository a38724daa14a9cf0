"""The people's walk: somebody comes, asks, is answered, votes and accepts; a reader says it works, an expert checks it.

Once with everything, once without JavaScript, once by the keyboard alone.
"""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from app import clock
from tests.browser.conftest import OpenPage
from tests.browser.door import link_mailed, sign_in
from tests.people import PASSWORD, People
from tests.stories import ANSWER, TITLE, accepted
from tests.web import Web

NEW_PASSWORD = "eleven herons by the canal"
NEW_TITLE = "Wi-Fi drops every evening on the new router"


@pytest.fixture(scope="module")
def thread(residents: People) -> tuple[int, int]:
    """What was asked, answered and accepted before: the numbers of the question and its answer."""
    return accepted(residents, clock.utcnow() - timedelta(days=2))


def of(page: Page, words: str) -> Locator:
    """The answer with these words."""
    return page.locator(".ans", has_text=words)


def stays(page: Page) -> None:
    """From here on `page_stayed` can tell that no other page was loaded."""
    page.evaluate("() => { window.stayed = true }")


def page_stayed(page: Page) -> bool:
    return bool(page.evaluate("() => window.stayed === true"))


def until_found(page: Page, words: str, link: str) -> None:
    """Search until the worker has indexed what is looked for."""

    def search() -> None:
        page.goto("/")
        page.locator(".find input").fill(words)
        page.locator(".find input").press("Enter")
        expect(page).to_have_url(re.compile(r"/search\?q="))

    for _ in range(20):
        search()
        if page.get_by_role("link", name=link).count():
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"{link} was not found")


def until_unread(page: Page, number: int) -> None:
    """Look until the worker has delivered as many entries as are expected."""
    for _ in range(20):
        page.goto("/")
        if page.get_by_label(f"Your menu, {number} unread").count():
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"{page.locator('.menu summary').get_attribute('aria-label')}, not {number}")


def come_in(page: Page, web: Web) -> None:
    """Ina opens an account, confirms her address by the mail, and signs in."""
    page.goto("/")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Open an account").click()
    page.get_by_label("Name").fill("Ina Vogel")
    page.get_by_label("Mail address").fill("ina@example.net")
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Open an account").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.goto(link_mailed(web.settings, "ina@example.net", "/confirm/"))
    page.get_by_role("button", name="Yes, confirm it").click()
    page.get_by_label("Mail address").fill("ina@example.net")
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Your menu")).to_be_visible()


def ask(page: Page) -> str:
    """A similar question appears while she types the title, and her text as it will look. Returns the question's address."""
    until_found(page, "router", TITLE)
    page.get_by_role("link", name="Ask", exact=True).click()
    page.get_by_label("Title").press_sequentially(NEW_TITLE)
    expect(page.locator("#similar").get_by_role("link", name=TITLE)).to_be_visible()
    page.get_by_label("What happens").fill("It drops at **eight**, on both bands.\n\n    wlan0: deauthenticated")
    expect(page.locator(".pv strong")).to_have_text("eight")
    expect(page.locator(".pv pre")).to_contain_text("deauthenticated")
    page.get_by_label("Tags").fill("broadband")
    page.get_by_role("button", name="Post question").click()
    expect(page.get_by_role("heading", name=NEW_TITLE)).to_be_visible()
    return page.url


def reply(page: Page) -> None:
    """Jonas answers, and sees how it will look."""
    page.get_by_label("Your answer").fill("Switch *band steering* off; 4.2 restarts the radio with it.")
    expect(page.locator(".pv em")).to_have_text("band steering")
    page.get_by_role("button", name="Post answer").click()
    expect(of(page, "band steering").get_by_text("not checked by anybody yet")).to_be_visible()


def vote_and_accept(page: Page) -> None:
    """She votes and takes it back without leaving the page; that it was stored shows when it is loaded anew. Then she accepts."""
    page.reload()
    theirs = of(page, "band steering")
    up = theirs.get_by_role("button", name="Vote up")
    stays(page)
    for score in ("1", "0", "1"):
        up.click()
        expect(theirs.locator(".v b")).to_have_text(score)
    expect(up).to_have_attribute("aria-pressed", "true")
    assert page_stayed(page)
    page.reload()
    expect(theirs.locator(".v b")).to_have_text("1")
    theirs.get_by_role("button", name="This solved it").click()
    expect(theirs.get_by_text("Accepted", exact=True)).to_be_visible()


def say_it_works(page: Page) -> None:
    """Anybody may, without a name and without another page."""
    stays(page)
    of(page, "band steering").get_by_role("button", name="Works for me").click()
    expect(of(page, "band steering").get_by_role("button", name="Works for me 1")).to_be_visible()
    assert page_stayed(page)


def check_by_keys(page: Page) -> None:
    """A figure typed into a field decides nothing; outside of it, it does."""
    of(page, "band steering").get_by_role("link", name="Check it").click()
    expect(page.get_by_label("Keys 1 to 5 decide")).to_be_checked()
    how = page.get_by_label("How you checked")
    how.press_sequentially("Hub 3, evenings: 1")
    expect(how).to_have_value("Hub 3, evenings: 1")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.get_by_text("Kept as current")).to_be_visible()
    expect(of(page, "band steering").locator(".st")).to_contain_text(re.compile(r"checked .* by Ana"))


def read_inbox(page: Page) -> None:
    """The answer, and a badge: opening the first leads to the question and counts down."""
    until_unread(page, 2)
    page.get_by_label("Your menu, 2 unread").click()
    page.get_by_role("navigation", name="You").get_by_role("link", name="Inbox").click()
    page.locator(".inbox .new").filter(has_text="Jonas").get_by_role("button").click()
    expect(page.get_by_role("heading", name=NEW_TITLE)).to_be_visible()
    expect(page.get_by_label("Your menu, 1 unread")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_label("Your menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_the_people_s_walk(open_page: OpenPage, live_server: Web, residents: People, thread: tuple[int, int]) -> None:
    ina, jonas, reader, ana = open_page(), open_page(390), open_page(), open_page()
    come_in(ina, live_server)
    question = ask(ina)
    sign_in(jonas, str(residents.jonas.email))
    jonas.goto(question)
    reply(jonas)
    vote_and_accept(ina)
    reader.goto(question)
    say_it_works(reader)
    sign_in(ana, str(residents.ana.email))
    ana.goto(question)
    check_by_keys(ana)
    until_found(reader, "steering", NEW_TITLE)
    read_inbox(ina)
    until_unread(jonas, 5)  # accepted, what was accepted before, and badges; of the check he hears when its minute is over
    jonas.goto("/inbox")
    jonas.get_by_role("button", name="Mark all as read").click()
    expect(jonas.locator(".inbox li")).to_have_count(5)
    expect(jonas.locator(".inbox .new")).to_have_count(0)
    sign_out(ina)
    ina.goto("/inbox")
    expect(ina).to_have_url(re.compile("/sign-in"))


def test_the_walk_without_javascript(open_page: OpenPage, residents: People) -> None:
    marta = open_page(390, javascript=False)
    sign_in(marta, str(residents.marta.email))
    marta.get_by_role("link", name="Ask", exact=True).click()
    marta.get_by_label("Title").fill("The hub forgets its channel")
    marta.get_by_label("What happens").fill("After a **restart** it is back on 6.")
    marta.get_by_label("Tags").fill("broadband")
    marta.get_by_role("button", name="Preview").click()
    expect(marta.locator(".pv strong")).to_have_text("restart")
    expect(marta.get_by_role("link", name="Search for these words")).to_be_visible()
    marta.get_by_role("button", name="Post question").click()
    expect(marta.get_by_role("heading", name="The hub forgets its channel")).to_be_visible()
    question = marta.url

    jonas = open_page(javascript=False)
    sign_in(jonas, str(residents.jonas.email))
    jonas.goto(question)
    jonas.get_by_label("Your answer").fill("Save it under *Profiles*, or a restart wins.")
    jonas.get_by_role("button", name="Post answer").click()
    expect(of(jonas, "Profiles")).to_be_visible()
    jonas.get_by_role("button", name="I have this too").click()
    expect(jonas.get_by_role("button", name="I have this too 1")).to_have_attribute("aria-pressed", "true")

    marta.reload()
    of(marta, "Profiles").get_by_role("button", name="Vote up").click()
    expect(of(marta, "Profiles").locator(".v b")).to_have_text("1")
    of(marta, "Profiles").get_by_role("button", name="This solved it").click()
    expect(of(marta, "Profiles").get_by_text("Accepted", exact=True)).to_be_visible()

    reader = open_page(390, javascript=False)
    reader.goto(question)
    of(reader, "Profiles").get_by_role("button", name="Works for me").click()
    expect(of(reader, "Profiles").get_by_role("button", name="Works for me 1")).to_be_visible()

    ana = open_page(javascript=False)
    sign_in(ana, str(residents.ana.email))
    ana.goto(question)
    of(ana, "Profiles").get_by_role("link", name="Check it").click()
    ana.get_by_label("How you checked").fill("Tried it on three hubs")
    ana.get_by_role("button", name="Still right").click()
    expect(of(ana, "Profiles").locator(".st")).to_contain_text(re.compile(r"checked .* by Ana"))

    until_found(reader, "forgets channel", "The hub forgets its channel")
    sign_out(marta)


FOCUSED = """() => {
    const element = document.activeElement
    const box = element.getBoundingClientRect()
    const shown = getComputedStyle(element.matches('.row h2 a') ? element.closest('.row') : element)
    return {
        name: element.getAttribute('aria-label') ?? (element.labels?.[0] ?? element).textContent.trim(),
        outlined: shown.outlineStyle === 'solid' && parseFloat(shown.outlineWidth) >= 2,
        seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    }
}"""


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Press Tab until what is called `name` has the focus; whatever has it on the way must show it."""
    for _ in range(80):
        page.keyboard.press(key)
        focused = page.evaluate(FOCUSED)
        if focused["name"].startswith("Skip to content") and name != "Skip to content":
            continue
        assert focused["outlined"], f"nobody sees that {focused['name']!r} has the focus"
        assert focused["seen"], f"{focused['name']!r} has the focus out of sight"
        if focused["name"].startswith(name):
            return
    raise AssertionError(f"the keyboard does not reach {name!r}")


def come_in_by_keys(page: Page, email: str) -> None:
    keys = page.keyboard
    page.goto("/")
    tab_to(page, "Skip to content")
    tab_to(page, "Sign in")
    keys.press("Enter")
    page.wait_for_url("/sign-in")
    tab_to(page, "Mail address")
    keys.type(email)
    tab_to(page, "Password")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_label("Your menu")).to_be_visible()


def test_the_walk_by_keyboard(page: Page, residents: People, thread: tuple[int, int]) -> None:
    keys = page.keyboard
    come_in_by_keys(page, str(residents.mo.email))

    # The menu opens, gives way to Escape with the focus where it was, and its links can be walked.
    tab_to(page, "Your menu")
    with page.expect_response("**/menus.js*"):
        keys.press("Enter")
    page.wait_for_load_state("networkidle")
    menu = page.get_by_role("navigation", name="You")
    expect(menu).to_be_visible()
    tab_to(page, "Mo")
    keys.press("Escape")
    expect(menu).to_be_hidden()
    assert page.evaluate(FOCUSED)["name"].startswith("Your menu")

    page.goto("/?tab=active")
    tab_to(page, TITLE)
    keys.press("Enter")
    page.wait_for_url("/questions/**")
    theirs = of(page, ANSWER[:20])
    theirs.get_by_role("button", name="Vote up").scroll_into_view_if_needed()
    for _ in range(2):  # the question's own, then the answer's
        tab_to(page, "Vote up")
    keys.press("Enter")
    expect(theirs.locator(".v b")).to_have_text("1")

    # What a moderator may do stands in a menu of its own, and asks before it acts.
    tab_to(page, "More")
    keys.press("Enter")
    tab_to(page, "Remove")
    keys.press("Enter")
    expect(theirs.get_by_text("It disappears for everybody but moderators.")).to_be_visible()
    tab_to(page, "Comment")
    keys.press("Enter")
    tab_to(page, "Your comment")
    keys.type("Thank you both.")
    tab_to(page, "Add comment")
    keys.press("Space")
    expect(theirs.get_by_text("Thank you both.")).to_be_visible()

    tab_to(page, "Your answer")
    keys.type("On 4.3 the automatic choice is right again.")
    tab_to(page, "Post answer")
    keys.press("Enter")
    expect(of(page, "On 4.3 the automatic choice")).to_be_visible()
    tab_to(page, "Your menu", "Shift+Tab") if page.evaluate("scrollY") else tab_to(page, "Your menu")
    keys.press("Enter")
    tab_to(page, "Sign out")
    keys.press("Enter")
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
