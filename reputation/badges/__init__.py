"""Badges and ranks: what can be earned, and the book of who earned what. Knows people, and nothing of what they wrote."""
