"""Processes killed and servers stopped on purpose, in the middle of work."""
