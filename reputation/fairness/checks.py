"""Verifiers who do not look: how many of somebody's checks may miss before they count for less, and before they end."""

from reputation.fairness.chance import odds

USUALLY_MISSED = 0.15
"""Of the checks that were looked at again, so many miss where somebody takes care; also second checkers are wrong."""
WARN_AT, PAUSE_AT = 2.0, 3.0
"""-log10 of the chance of so many misses from somebody who takes care."""
LEAST_MISSED = 3


def is_careless(missed: int, of: int) -> bool:
    """Enough misses that each check should count for less."""
    return missed >= LEAST_MISSED and odds(missed, of, USUALLY_MISSED) >= WARN_AT


def is_hopeless(missed: int, of: int) -> bool:
    """Enough that they should not verify for now."""
    return missed >= LEAST_MISSED and odds(missed, of, USUALLY_MISSED) >= PAUSE_AT
