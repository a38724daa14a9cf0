"""Moderation: removing and restoring, closing, suspending, policies, and the audit of all of it."""
