"""Pictures of people: whatever is sent, what is kept is one small WebP without a past."""

import random
import resource
import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts import avatars
from app.accounts.models import User
from app.db import transaction
from app.errors import Invalid
from app.pages import PageVersion, person_key
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import People, sign_in

ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def picture(kind: str = "PNG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **options: object) -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new(mode, size, "blue" if mode != "CMYK" else (255, 255, 0, 0))
    image.paste("red" if mode != "CMYK" else (0, 255, 255, 0), (0, 0, size[0] // 2, size[1]))
    made = BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of one bit per pixel, all zero: some kilobytes that unpack to `width` times `height` pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * ((width + 7) // 8 + 1) * height, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def upload(client: FlaskClient, content: bytes, name: str = "me.png") -> TestResponse:
    # Written out by hand: Werkzeug's client leaves its own temporary file open when a form is large.
    head = f'--border\r\nContent-Disposition: form-data; name="avatar"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'
    body = head.encode() + content + b"\r\n--border--\r\n"
    return client.post("/settings/avatar", data=body, content_type="multipart/form-data; boundary=border")


def kept(app: Flask) -> list[Path]:
    folder = app.config["SETTINGS"].data_dir / "media" / "avatars"
    return sorted(folder.iterdir()) if folder.is_dir() else []


# --- works --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_a_small_square_webp(
    app: Flask, client: FlaskClient, session: Session, people: People, kind: str
) -> None:
    sign_in(client, people.marta)
    answer = upload(client, picture(kind))
    assert (answer.status_code, answer.location) == (303, "/settings")
    session.refresh(people.marta)
    url = people.marta.avatar_url
    assert url is not None
    assert url in client.get("/settings").text
    assert session.execute(select(PageVersion.version).where(PageVersion.name == person_key(people.marta.id))).scalar() == 1

    client.post("/session?_method=DELETE")
    served = client.get(url, buffered=True)
    assert (served.status_code, served.content_type) == (200, "image/webp")
    assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in served.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in served.headers
    with Image.open(BytesIO(served.data)) as image:
        assert (image.format, image.size) == ("WEBP", (192, 192))
        left, right = (image.convert("RGB").getpixel((x, 96)) for x in (20, 172))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 200
    assert left[2] < 60
    assert right[2] > 200
    assert right[0] < 60
    with client.get(url, headers={"If-None-Match": served.headers["ETag"]}) as again:
        assert again.status_code == 304


@on_sqlite
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_what_the_camera_noted_is_gone(app: Flask, client: FlaskClient, people: People, kind: str) -> None:
    exif = Image.Exif()
    exif[MAKE] = "Spy Camera 3000"
    exif[GPS] = {1: "N", 2: (48.0, 8.0, 0.0)}
    profile = b"not a profile, but carried along"
    sign_in(client, people.marta)
    assert upload(client, picture(kind, exif=exif.tobytes(), icc_profile=profile)).status_code == 303
    (path,) = kept(app)
    content = path.read_bytes()
    assert b"Spy" not in content
    assert b"profile" not in content
    assert not any(mark in content for mark in (b"EXIF", b"XMP ", b"ICCP"))
    with Image.open(path) as image:
        assert not image.getexif()


@on_sqlite
def test_a_phone_s_picture_stands_upright(app: Flask, client: FlaskClient, people: People) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 3  # upside down: what is red on the left is on the right when looked at
    sign_in(client, people.marta)
    upload(client, picture("JPEG", exif=exif.tobytes()))
    with Image.open(kept(app)[0]) as image:
        left = image.convert("RGB").getpixel((20, 96))
    assert isinstance(left, tuple)
    assert left[2] > 200


@on_sqlite
@pytest.mark.parametrize(
    ("kind", "mode", "size"),
    [
        ("PNG", "RGBA", (100, 900)),
        ("PNG", "P", (1, 1)),
        ("PNG", "L", (3000, 10)),
        ("PNG", "1", (64, 64)),
        ("JPEG", "CMYK", (300, 300)),
        ("JPEG", "L", (4000, 3000)),
        ("WEBP", "RGBA", (192, 192)),
    ],
)
def test_every_kind_of_picture_has_one_size(
    app: Flask, client: FlaskClient, people: People, kind: str, mode: str, size: tuple[int, int]
) -> None:
    content = picture(kind, size, mode) if mode in {"RGBA", "CMYK"} else _of_mode(kind, mode, size)
    sign_in(client, people.marta)
    assert upload(client, content).status_code == 303
    with Image.open(kept(app)[0]) as image:
        assert image.size == (192, 192)


def _of_mode(kind: str, mode: str, size: tuple[int, int]) -> bytes:
    made = BytesIO()
    Image.new(mode, size).save(made, kind)
    return made.getvalue()


def test_another_picture_replaces_the_first(app: Flask, client: FlaskClient, session: Session, people: People) -> None:
    sign_in(client, people.marta)
    upload(client, picture())
    (first,) = kept(app)
    upload(client, picture(size=(50, 50)))
    (second,) = kept(app)
    assert first.name != second.name
    assert client.get(f"/media/avatars/{first.name}").status_code == 404

    assert client.post("/settings/avatar?_method=DELETE").location == "/settings"
    session.refresh(people.marta)
    assert people.marta.avatar_url is None
    assert kept(app) == []


def test_twenty_uploads_at_once_leave_one_file(app: Flask, session: Session, people: People, clock: Clock) -> None:
    content = picture(size=(40, 40))

    def change(_: int) -> str:
        with transaction() as inner:
            by = inner.get_one(User, 1)
        return avatars.change_avatar(content, by, clock.now)

    said = at_once(app, 20, change)
    assert all(isinstance(url, str) for url in said), said
    session.rollback()
    session.refresh(people.marta)
    assert [f"/media/avatars/{path.name}" for path in kept(app)] == [people.marta.avatar_url]


@on_sqlite
def test_a_face_of_the_product_s_own_is_not_removed(app: Flask, client: FlaskClient, session: Session, people: People) -> None:
    """A picture that is no upload, or a path that leads out of the folder, is never a file to delete."""
    outside = app.config["SETTINGS"].data_dir / "secret_key"
    outside.write_text("x")
    sign_in(client, people.marta)
    for url in ("/static/faces.svg#marta", "/media/avatars/../../secret_key"):
        with transaction():
            people.marta.avatar_url = url
        assert upload(client, picture(size=(9, 9))).status_code == 303
    assert outside.exists()


# --- refused ------------------------------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "not a picture", id="nothing"),
        pytest.param(b"hello", "not a picture", id="text"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a picture", id="svg"),
        pytest.param(picture("GIF"), "not a picture", id="gif"),
        pytest.param(picture("TIFF"), "not a picture", id="tiff"),
        pytest.param(picture("PPM"), "not a picture", id="ppm"),
        pytest.param(picture("PNG")[:150], "broken", id="half a png"),
        pytest.param(picture("JPEG")[:700], "broken", id="half a jpeg"),
        pytest.param(picture("PNG") + b"\0" * 2 * 1024 * 1024, "2 MB", id="large"),
        pytest.param(bomb(5000, 5000), "million pixels", id="bomb"),
        pytest.param(bomb(30000, 30000), "million pixels", id="larger bomb"),
        pytest.param(bomb(10000, 9999), "million pixels", id="bomb that Pillow warns of"),
    ],
)
def test_what_is_no_picture_is_refused(
    app: Flask, client: FlaskClient, session: Session, people: People, content: bytes, words: str
) -> None:
    sign_in(client, people.marta)
    answer = upload(client, content)
    assert answer.status_code == 422
    assert words in answer.text
    session.refresh(people.marta)
    assert people.marta.avatar_url is None
    assert kept(app) == []


@on_sqlite
def test_a_bomb_is_not_unpacked(app: Flask, session: Session, people: People, clock: Clock) -> None:
    """This one has just not the pixels that Pillow itself refuses; unpacked it takes hundreds of megabytes."""
    content = bomb(9400, 9400)
    assert len(content) < 20_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Invalid):
        avatars.change_avatar(content, people.marta, clock.now)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 * 1024, "kilobytes"


@on_sqlite
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's remarks about what is wrong in a file go to the log
def test_broken_pictures_never_fail_otherwise(app: Flask, session: Session, people: People, clock: Clock) -> None:
    """Pictures with some bytes changed are taken, or refused with words; nothing else."""
    chance = random.Random(7)
    exif = Image.Exif()
    exif[MAKE] = "Camera"
    outcomes = {"taken": 0, "refused": 0}
    for kind in ("PNG", "JPEG", "WEBP"):
        whole = picture(kind, (60, 40), exif=exif.tobytes())
        for _ in range(250):
            content = bytearray(whole)
            for _ in range(chance.randint(1, 8)):
                content[chance.randrange(len(content))] = chance.randrange(256)
            try:
                avatars.change_avatar(
                    bytes(content[: chance.choice([None, chance.randrange(len(content))])]), people.marta, clock.now
                )
                outcomes["taken"] += 1
            except Invalid:
                outcomes["refused"] += 1
    assert outcomes["taken"] > 50
    assert outcomes["refused"] > 50
    assert len(kept(app)) == 1


@on_sqlite
@pytest.mark.parametrize(
    "name",
    [
        "x.webp",
        "..%2f..%2fsecret_key",
        "....webp",
        "A" * 22 + ".svg",
        "A" * 22 + ".webp",
        "A" * 22 + ".webp%00",
        "%2e%2e",
        ".webp",
    ],
)
def test_nothing_else_is_served(app: Flask, client: FlaskClient, name: str) -> None:
    (app.config["SETTINGS"].data_dir / "secret_key").write_text("x")
    assert client.get(f"/media/avatars/{name}").status_code == 404


@on_sqlite
def test_who_may_and_how(app: Flask, client: FlaskClient, people: People) -> None:
    assert upload(client, picture()).status_code == 401
    assert client.post("/settings/avatar?_method=DELETE").status_code == 401
    sign_in(client, people.marta)
    assert client.put("/settings/avatar").status_code == 405
    assert client.post("/media/avatars/x.webp").status_code == 405
    assert client.post("/settings/avatar").status_code == 422
    sent = {"avatar": (BytesIO(picture()), "me.png")}
    assert client.post("/settings/avatar", data=sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert kept(app) == []
