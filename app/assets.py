"""Static files: read once, compressed once, served for ever under an address that changes with what they hold.

The whole folder is small (under half a megabyte), so it lives in memory: no disk is touched, nothing is compressed twice, and a
page's style and script cost what a constant answer costs.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

COMPRESSED = frozenset({".css", ".js", ".svg", ".json", ".txt", ".webmanifest", ".xml"})
FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")


@dataclass(frozen=True)
class Asset:
    """One file, ready to be sent."""

    body: bytes
    zipped: bytes | None
    mimetype: str
    etag: str


def read(folder: Path) -> tuple[dict[str, Asset], str]:
    """Every file below `folder` by its path, and one hash over all of them."""
    assets = {}
    whole = hashlib.sha256()
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        body = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        whole.update(name.encode() + b"\0" + body)
        zipped = gzip.compress(body, 9, mtime=0) if path.suffix in COMPRESSED else None
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        assets[name] = Asset(
            body, zipped if zipped and len(zipped) < len(body) else None, kind, hashlib.sha256(body).hexdigest()[:16]
        )
    return assets, whole.hexdigest()[:10]


def init_app(app: Flask, folder: Path) -> None:
    """Serve `folder` at /static/ and give templates `static_url(path)`."""
    assets, version = read(folder)

    def static(filename: str) -> Response:
        asset = assets.get(filename)
        if asset is None:
            raise NotFound
        zipped = asset.zipped is not None and "gzip" in request.headers.get("Accept-Encoding", "")
        response = Response(asset.zipped if zipped and asset.zipped else asset.body, mimetype=asset.mimetype)
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
        if asset.zipped is not None:
            response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = FOR_EVER if request.args.get("v") == version else A_DAY
        response.set_etag(asset.etag)
        response.make_conditional(request)
        return response

    app.add_url_rule("/static/<path:filename>", "static", static)
    app.jinja_env.globals["static_url"] = _addresses(version)


def _addresses(version: str) -> Callable[[str], str]:
    def static_url(path: str) -> str:
        return f"/static/{path}?v={version}"

    return static_url
