"""Which findings keep a reward from being paid."""

from collections.abc import Collection

from community.fairness.queries import APPEALED, OPEN, findings_open_for


def undecided(person_ids: Collection[int]) -> frozenset[int]:
    """Of these people, those about whom a finding waits for a moderator, or an appeal for its answer. What was upheld holds
    nothing any more: its votes are taken back in the ledger."""
    found = findings_open_for(person_ids)
    return frozenset(who for who, about in found.items() if any(state in (OPEN, APPEALED) for _, state in about))
