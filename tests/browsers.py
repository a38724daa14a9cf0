"""Browsers of the tests that need no window."""

from contextvars import Context
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Browser(FlaskClient):
    """Sends each request in a context of its own, as a server does.

    A test that holds an application context would share it with every request otherwise: who was signed in at the first stays so
    for all, and what the test has loaded need not be loaded by the page.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:  # noqa: ANN401 - handed on as they come
        return Context().run(super().open, *args, **kwargs)
