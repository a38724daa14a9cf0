"""Ways in for what was written elsewhere."""
