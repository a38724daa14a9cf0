"""What a verb may refuse, in words a person understands.

Verbs raise these; `app.factory` is the one place that turns them into pages. Nothing else is raised on purpose.
"""

from collections.abc import Mapping


class DomainError(Exception):
    """A refusal with a message for the person who asked; `status` is the HTTP status that fits it."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(DomainError):
    """What was typed cannot be taken. `fields` maps a field's name to what is wrong with it."""

    status = 422

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = dict(fields)


class Forbidden(DomainError):
    """This person may not do this; the message says why and, where there is one, what would change it."""

    status = 403


class SignInNeeded(Forbidden):
    """Nobody is signed in and the act needs a name."""

    status = 401


class NotFound(DomainError):
    """There is no such thing, or not for this person."""

    status = 404


class Gone(DomainError):
    """It was here and a person removed it."""

    status = 410


class Conflict(DomainError):
    """Somebody else was first, or the thing has changed since the page was read."""

    status = 409


class TooMany(DomainError):
    """A limit is reached. `retry_after` is in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int = 3600) -> None:
        super().__init__(message)
        self.retry_after = retry_after
