"""What contributions are worth in money."""
