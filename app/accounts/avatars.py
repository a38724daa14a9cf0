"""Pictures of people: taken in as PNG, JPEG or WebP, kept as one small WebP of ours, without what the camera noted."""

import os
import re
import secrets
import threading
from datetime import datetime
from io import BytesIO
from pathlib import Path

from flask import current_app
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select, update

from app.accounts.models import User
from app.accounts.people import refuse_suspended
from app.config import Settings
from app.db import after_commit, transaction
from app.errors import Invalid
from app.pages import person_key, touch

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 24_000_000
"""A picture of one colour may have few bytes and fill the memory once unpacked: 24 million pixels take about 100 MB."""
SIDE = 192
"""Pixels of each side of what is kept."""
URL_PREFIX = "/media/avatars/"

_NAME = re.compile(r"[A-Za-z0-9_-]{22}\.webp")
_one_at_a_time = threading.Lock()
"""Unpacking takes much memory for a moment; one picture per process is enough."""


def change_avatar(content: bytes, by: User, now: datetime) -> str:
    """Make a picture the person's own; returns its address on this site. The one before is removed.

    Raises Invalid for what is no PNG, JPEG or WebP, too large or broken, and Forbidden while suspended.
    """
    refuse_suspended(by, now)
    made = _made_small(content)
    folder = folder_of_avatars()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{secrets.token_urlsafe(16)}.webp"
    unfinished = folder / f".{name}.{os.getpid()}"
    unfinished.write_bytes(made)
    unfinished.replace(folder / name)
    try:
        _point_to(URL_PREFIX + name, by.id)
    except BaseException:
        (folder / name).unlink(missing_ok=True)
        raise
    return URL_PREFIX + name


def remove_avatar(by: User, now: datetime) -> None:
    """Go back to the avatar drawn from the name. Raises Forbidden while suspended."""
    refuse_suspended(by, now)
    _point_to(None, by.id)


def forget(user_id: int) -> None:
    """Go back to the drawn avatar, whoever asks; for an account that is being closed."""
    _point_to(None, user_id)


def folder_of_avatars() -> Path:
    """Where the pictures are."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.data_dir / "media" / "avatars"


def is_avatar_name(name: str) -> bool:
    """Whether a file of this name can be one of the pictures."""
    return _NAME.fullmatch(name) is not None


def _point_to(url: str | None, user_id: int) -> None:
    with transaction() as session:
        before = session.execute(select(User.avatar_url).where(User.id == user_id).with_for_update(key_share=True)).scalar()
        session.execute(
            update(User).where(User.id == user_id).values(avatar_url=url).execution_options(synchronize_session=False)
        )
        touch(session, person_key(user_id))
        if before is not None and before.startswith(URL_PREFIX) and is_avatar_name(before.removeprefix(URL_PREFIX)):
            old = folder_of_avatars() / before.removeprefix(URL_PREFIX)
            after_commit(session, f"avatar:{old.name}", lambda: old.unlink(missing_ok=True))


def _made_small(content: bytes) -> bytes:
    if len(content) > MAX_BYTES:
        raise _refused(f"The picture has more than {MAX_BYTES // 1024 // 1024} MB. Make it smaller, or choose another.")
    with _one_at_a_time:
        try:
            return _encoded(content)
        except UnidentifiedImageError:
            raise _refused("This is not a picture we can read. Choose a PNG, JPEG or WebP file.") from None
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise _too_many_pixels() from None
        except (OSError, ValueError, SyntaxError, EOFError):
            # What Pillow raises for a file that begins like a picture and does not go on like one.
            raise _refused("This picture is broken. Save it again, or choose another.") from None


def _encoded(content: bytes) -> bytes:
    with Image.open(BytesIO(content), formats=["PNG", "JPEG", "WEBP"]) as image:
        if image.width * image.height > MAX_PIXELS:
            raise _too_many_pixels()
        image.draft("RGB", (SIDE * 2, SIDE * 2))  # a JPEG is unpacked at a fraction of its size
        upright = ImageOps.exif_transpose(image)
        square = ImageOps.fit(upright.convert("RGBA" if upright.has_transparency_data else "RGB"), (SIDE, SIDE))
    # Only the pixels go on: place, camera, comments and colour profile stay behind.
    bare = Image.new(square.mode, square.size)
    bare.paste(square)
    kept = BytesIO()
    bare.save(kept, format="WEBP", quality=82, method=4)
    return kept.getvalue()


def _too_many_pixels() -> Invalid:
    return _refused(f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels. Make it smaller, or choose another.")


def _refused(words: str) -> Invalid:
    return Invalid({"avatar": words})
