"""The moderators' page of why a search finds what it finds."""
