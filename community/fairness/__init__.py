"""Fairness: what the rules of `reputation.fairness` find among this community's votes, and what becomes of it."""
