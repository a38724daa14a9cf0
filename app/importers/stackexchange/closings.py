"""Why a question was closed, from the history's codes, in words that readers here understand."""

import json

from community.moderation.closing import REASONS

_HERE = {
    "1": "duplicate",
    "101": "duplicate",
    "4": "unclear",
    "103": "unclear",
}
"""The network's codes, those up to 20 from before 2013, that mean a reason of ours."""
_THERE = {
    "2": "It was off topic on {source}",
    "102": "It was off topic on {source}",
    "3": "It asks for opinions rather than for an answer",
    "105": "It asks for opinions rather than for an answer",
    "7": "It was of use to nobody but the asker",
    "10": "Any general reference answers it",
    "20": "It held no question",
    "104": "It is too broad for one answer",
}


def reason(code: str | None, source: str) -> str:
    """The reason as a sentence; where the history does not say, that it was closed on its own site."""
    if code in _HERE:
        return f"{REASONS[_HERE[code]]}."
    return f"{_THERE.get(code or '', 'It was closed on {source}').format(source=source)}."


def last_voter(voters: str | None) -> int | None:
    """The number of who cast the deciding vote, from the history's JSON; None where it does not tell."""
    try:
        found = json.loads(voters or "")["Voters"][-1]["Id"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return found if isinstance(found, int) and abs(found) < 2**63 else None
