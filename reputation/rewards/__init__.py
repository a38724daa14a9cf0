"""Rewards: what the points of a half-year are worth in money, by a declared price list. Off until an admin switches it on."""
