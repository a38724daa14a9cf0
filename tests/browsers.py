"""Browsers of the tests that need no window."""

from contextvars import Context
from typing import Any

from flask import has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db import db


class Browser(FlaskClient):
    """Sends requests as the pages of this site do, each in a context of its own, as a server does.

    A test that holds an application context would share it with every request otherwise: who was signed in at the first stays so
    for all, and what the test has loaded need not be loaded by the page. What the test has written so far is committed before a
    request, and after one that changes something the test's session reads everything anew.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on as they come
        super().__init__(*args, **kwargs)
        self.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:  # noqa: ANN401 - as above
        outer = db.session() if has_app_context() else None
        if outer is not None:
            outer.commit()
        response = Context().run(super().open, *args, **kwargs)
        if outer is not None and response.request.method not in {"GET", "HEAD"}:
            outer.expire_all()
        return response
