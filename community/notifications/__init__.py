"""Telling people: the inbox and mail."""
