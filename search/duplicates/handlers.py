"""What the outbox calls."""

from collections.abc import Sequence

from app import clock
from app.outbox import Payload
from search.duplicates import finding


def questions_changed(payloads: Sequence[Payload]) -> None:
    """Handler of `question.changed`, after the index and the vectors have heard of it: see what these questions are like."""
    finding.look({payload["question_id"] for payload in payloads}, clock.utcnow())
