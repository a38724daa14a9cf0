"""Privileges: which reputation lets people do what. Two presets, and own values that a site sets."""
