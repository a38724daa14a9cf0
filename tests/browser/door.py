"""Signing in as a person does."""

from playwright.sync_api import Page

from app.accounts.models import User
from tests.people import PASSWORD


def sign_in(page: Page, who: User) -> None:
    """Fill in the form and wait until the door is open."""
    page.goto("/sign-in")
    page.get_by_label("Mail address").fill(str(who.email))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))
