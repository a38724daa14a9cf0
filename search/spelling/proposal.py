"""Whether to ask "did you mean …", and what."""

from datetime import datetime

from search import syntax
from search.engine import Condition, Results
from search.site import current_engine, current_zone
from search.spelling.suggest import corrected

FEW = 3
"""Where so many questions were found, what was typed is taken for what was meant."""


def proposal(text: str, found: Results, now: datetime) -> str:
    """What may have been meant by `text`, which found what is in `found`; "" where that was enough, or nothing better is known.

    Proposed is only what finds something at this moment.
    """
    is_enough = len(found.hits) >= FEW and not found.relaxed
    if is_enough or (found.more and not found.relaxed) or found.condition is not Condition.READY:
        return ""
    meant = corrected(text, now)
    if not meant:
        return ""
    better = current_engine().search(syntax.read(meant, now, 1, zone=current_zone()).query)
    return meant if better.hits and not (better.relaxed and found.hits) else ""
