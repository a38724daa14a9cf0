"""Questions that may be the same, found by likeness and decided by people."""
