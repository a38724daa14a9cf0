"""Whether a password would be guessed, by zxcvbn, and what to do about it in its words."""

import functools
import importlib
import threading
from collections.abc import Callable, Sequence
from typing import Any

from app.accounts.hashing import MAX_LENGTH

MIN_LENGTH = 8
"""Characters of a password."""
MIN_SCORE = 3
"""zxcvbn's "safely unguessable": more than 10^8 guesses."""
_LOOKED_AT = 72
"""zxcvbn takes no more characters; a longer password is at least as strong as its beginning."""

_one_at_a_time = threading.Lock()
"""zxcvbn keeps the words about the person in one place for all threads."""


def weakness(password: str, about_person: Sequence[str]) -> str:
    """Why this password is not strong enough and what would be, in words; "" when it is.

    `about_person` holds words that others know: name, mail address, the site's name.
    """
    if len(password) < MIN_LENGTH:
        return f"A password has at least {MIN_LENGTH} characters. A few uncommon words are strong and easy to remember."
    if len(password) > MAX_LENGTH:
        return f"A password has at most {MAX_LENGTH} characters."
    words = [part for text in about_person for part in (text, *text.replace("@", " ").replace(".", " ").split())]
    with _one_at_a_time:
        found = _zxcvbn()(password[:_LOOKED_AT], user_inputs=words)
    if found["score"] >= MIN_SCORE:
        return ""
    advice = [found["feedback"]["warning"], *found["feedback"]["suggestions"]]
    return " ".join(["This password would soon be guessed.", *filter(None, advice)])


@functools.cache
def _zxcvbn() -> Callable[..., dict[str, Any]]:
    """zxcvbn, loaded when the first password is set.

    Its word lists take 12.5 MB and 21 ms, which every web and worker process would pay at its start and most never need.
    """
    estimate: Callable[..., dict[str, Any]] = importlib.import_module("zxcvbn").zxcvbn
    return estimate
