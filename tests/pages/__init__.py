"""The pages: what they show to whom, and how many statements they cost."""
