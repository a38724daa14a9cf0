"""Freshness: the belief, the simulation that shows what it buys, and the calculator."""
