"""Votes that look arranged: found, taken back, appealed against."""
