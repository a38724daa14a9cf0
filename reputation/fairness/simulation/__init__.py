"""The simulator: a seeded community of honest people, innocent look-alikes and attackers, put before the very rules themselves.

It says of each kind of attack how much is found, and of what would be reversed how much was honest.
"""
