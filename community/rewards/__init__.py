"""Rewards as the community meets them: who may, what is written down of it, and what members are told."""
