"""Passwords are kept as argon2id hashes; checking one takes as long for an account that is not there."""

import base64
import functools
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import current_app

from app.config import Settings

MAX_LENGTH = 256
"""Characters of a password; a longer one is refused when it is set, so none can match."""


def hash_password(password: str) -> str:
    """The hash to store. Takes about 20 ms of CPU by default and must not run inside a transaction."""
    return _hasher(*_costs()).hash(_uniform(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored`. None (no such account, or one without a password) takes the same time."""
    costs = _costs()
    try:
        _hasher(*costs).verify(stored or _nobodys(*costs), _uniform(password[:MAX_LENGTH]))
    except VerifyMismatchError:
        return False
    return stored is not None and len(password) <= MAX_LENGTH


def is_outdated(stored: str) -> bool:
    """Whether the settings ask for other costs than this hash was made with."""
    return _hasher(*_costs()).check_needs_rehash(stored)


def _costs() -> tuple[int, int]:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.argon2_time_cost, settings.argon2_memory_kib


@functools.cache
def _hasher(time_cost: int, memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)


@functools.cache
def _nobodys(time_cost: int, memory_kib: int) -> str:
    """A well-formed hash of no password, written down rather than computed: the first stranger must not wait twice as long."""
    salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={memory_kib},t={time_cost},p=1${salt}${digest}"


def _uniform(password: str) -> str:
    """One spelling for what looks the same, so that a password typed on another keyboard still fits."""
    return unicodedata.normalize("NFKC", password)
