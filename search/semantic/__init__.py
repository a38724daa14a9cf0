"""Nearness of meaning: a title becomes a vector, and titles that ask the same lie close together, whatever their words.

The model is optional (`requirements-semantic.txt`); without it search is by words alone. Only `encoder`, `weights` and `nearest`
need NumPy, and only `model` loads them, when meaning is first asked for: no process pays for it at its start.
"""
