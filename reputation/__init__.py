"""Reputation: a price list, an append-only ledger, and what may be done with it."""
