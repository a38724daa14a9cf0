"""The bare server to compare with: a Flask view that returns constant bytes, under the same server and settings."""

import os

from flask import Flask, Response

app = Flask("bare")
BODY = b"x" * int(os.environ.get("BARE_BYTES", "4000"))


@app.get("/")
def constant() -> Response:
    """The same bytes each time."""
    return Response(BODY, mimetype="text/html")
