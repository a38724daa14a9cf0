"""An answer's freshness: evidence, verification, the sweep and the review queue."""
