"""Expertise: who is trusted to verify under a tag, how they come to it, how it lapses and how it comes back."""
