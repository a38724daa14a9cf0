"""Searches that people keep: what is new for them is found when a question changes, told a few minutes later, once."""
