"""What stands in a row's attributes, checked: whole numbers, moments, names, tags, licences."""

import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from app import rendering
from app.errors import Invalid
from community import tags

LARGEST = 2**31 - 1
"""The largest whole number that our tables hold."""
LARGEST_ID = 2**63 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing on these sites is older; an earlier date is none."""
LICENCES = (
    (datetime(2011, 4, 8, tzinfo=UTC), "CC BY-SA 2.5"),
    (datetime(2018, 5, 2, tzinfo=UTC), "CC BY-SA 3.0"),
)
"""Until when which licence was given, after the network's help page "What is the license for the content I post?"."""
NEWEST_LICENCE = "CC BY-SA 4.0"

_TAGS = re.compile(r"[^<>|\s]+")
_LICENCE = re.compile(r"CC[ A-Za-z0-9.+-]{1,30}")
_MICROSECOND = timedelta(microseconds=1)


class Unusable(Exception):
    """A row or a value in it cannot be taken; the message says why in words that hold for many rows."""


def whole(row: Mapping[str, str], name: str, low: int = 0, high: int = LARGEST) -> int:
    """The whole number in `name`. Raises Unusable when it is missing, none, or out of range."""
    text = row.get(name)
    if text is None:
        raise Unusable(f"{name} is missing")
    try:
        value = int(text)
    except ValueError:
        raise Unusable(f"{name} is no whole number") from None
    if value < low:
        raise Unusable(f"{name} is negative" if value < 0 and low >= -1 else f"{name} is under {low}")
    if value > high:
        raise Unusable(f"{name} is over {high:,}")
    return value


def row_id(row: Mapping[str, str], name: str = "Id") -> int:
    """The number of a row or of what it refers to, from 1."""
    return whole(row, name, 1, LARGEST_ID)


@functools.lru_cache(maxsize=4096)
def _microseconds(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return (moment - EPOCH) // _MICROSECOND


def moment(row: Mapping[str, str], name: str, latest: int) -> int:
    """The date in `name` as microseconds since 1970, UTC. Raises Unusable when it is missing, no date, or after `latest`."""
    text = row.get(name)
    if text is None:
        raise Unusable(f"{name} is missing")
    value = _microseconds(text)
    if value is None:
        raise Unusable(f"{name} is no date")
    if value > latest:
        raise Unusable(f"{name} is in the future")
    if value < as_stored(EARLIEST):
        raise Unusable(f"{name} is before {EARLIEST.year}")
    return value


def as_stored(moment: datetime) -> int:
    """A moment as microseconds since 1970."""
    return (moment - EPOCH) // _MICROSECOND


def as_moment(stored: int) -> datetime:
    """The moment of so many microseconds since 1970."""
    return EPOCH + stored * _MICROSECOND


def name(text: str | None) -> str:
    """A person's name or a title, cleaned and on one line."""
    return " ".join(rendering.clean_source(text).split()) if text else ""


def words(text: str) -> str:
    """A text as it may be stored: `\\n` for every newline, nothing that turns the direction of reading around."""
    plain = text.isascii() and "\r" not in text and "\x7f" not in text  # other controls cannot stand in XML
    return text if plain else rendering.clean_source(text)


def tag_names(text: str | None) -> list[str]:
    """The names in a row's tags, as "<a><b>" or, since 2023, "|a|b|"; each once."""
    return list(dict.fromkeys(_TAGS.findall(text or "")))


@functools.lru_cache(maxsize=4096)
def tag_name(name: str) -> str | None:
    """A tag's name as it is written here; None where it cannot be a tag here."""
    try:
        names = tags.parse_names(name)
    except Invalid:
        return None
    return names[0] if len(names) == 1 else None


def licence(row: Mapping[str, str], written: int) -> str:
    """The licence a row names, else the one that was given when it was written."""
    named = row.get("ContentLicense", "")
    if _LICENCE.fullmatch(named):
        return named
    for until, licence in LICENCES:
        if written < as_stored(until):
            return licence
    return NEWEST_LICENCE
