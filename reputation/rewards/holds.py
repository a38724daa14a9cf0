"""Whom a finding of unfair play keeps from being paid, until somebody has decided.

Who knows about findings stands above this floor and says so: the application's extension FINDINGS.
"""

from collections.abc import Callable, Collection

from flask import current_app

FINDINGS = "bestbefore_reward_findings"
"""The extension: a function that says of which of these people a finding is open. Absent: of nobody."""

FindingsOpenFor = Callable[[Collection[int]], Collection[int]]


def held(user_ids: Collection[int]) -> frozenset[int]:
    """Of these people, those about whom a finding is open. Called inside a verb's transaction."""
    ask: FindingsOpenFor | None = current_app.extensions.get(FINDINGS)
    return frozenset(ask(user_ids)) if ask is not None and user_ids else frozenset()
