"""HTML forms know GET and POST only; `POST …?_method=DELETE` is a DELETE."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class MethodOverride:
    """WSGI middleware: turns a POST into the DELETE its query string asks for, and nothing else into anything."""

    def __init__(self, wsgi_app: "WSGIApplication") -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and "_method=DELETE" in environ.get("QUERY_STRING", "").split("&"):
            environ["REQUEST_METHOD"] = "DELETE"
        return self.wsgi_app(environ, start_response)
