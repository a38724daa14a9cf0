"""Pages about badges, and the one where an admin names the ranks."""
