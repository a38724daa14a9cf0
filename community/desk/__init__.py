"""The staff desk: acknowledging that a question was seen."""
