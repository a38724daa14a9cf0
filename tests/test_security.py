"""What a request may say without hurting the site: where it comes from, and what no row can hold."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.security import SESSION_COOKIE
from tests.accounts import on_sqlite
from tests.people import People
from tests.stories import browser

OURS = "http://localhost"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OURS}, 403),
        ({"Origin": OURS}, 200),
        ({"Referer": f"{OURS}/questions/new"}, 200),
        ({"Origin": "null"}, 403),
        ({"Origin": f"{OURS}.evil.example"}, 403),
        ({"Origin": "https://localhost"}, 403),
        ({"Origin": "https://evil.example", "Referer": OURS}, 403),
        ({"Origin": "http://["}, 403),
        ({}, 200),
    ],
)
@on_sqlite
def test_a_change_comes_from_our_own_pages(app: Flask, database: str, headers: dict[str, str], status: int) -> None:
    plain = FlaskClient(app, app.response_class)
    assert plain.post("/preview", data={"body": "x"}, headers=headers).status_code == status
    assert plain.delete("/session", headers=headers).status_code == (303 if status == 200 else status)
    assert plain.post("/session?_method=DELETE", headers=headers).status_code == (303 if status == 200 else status)


@on_sqlite
def test_who_has_our_cookie_says_where_they_come_from(app: Flask, database: str) -> None:
    plain = FlaskClient(app, app.response_class)
    plain.set_cookie(SESSION_COOKIE, "x")
    assert plain.post("/preview", data={"body": "x"}).status_code == 403


@pytest.mark.parametrize("address", ["/tags/%00", "/people?q=%00", "/tags?q=%00", "/people?q=a&after=%00.1"])
def test_a_nul_in_an_address_is_no_failure_of_ours(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code < 500


@on_sqlite
def test_a_number_that_no_row_can_have_is_not_found(app: Flask, client: FlaskClient, people: People) -> None:
    assert browser(app, people.marta).delete(f"/settings/sessions/{10**20}").status_code == 404
