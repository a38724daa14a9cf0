"""What is asked of the ledger."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Posting:
    """An entry to be made. `cause` is what brought it about and is paid once, whoever asks for it how often."""

    user_id: int
    reason: str
    cause: str
    actor_id: int | None = None
    question_id: int | None = None
    answer_id: int | None = None
