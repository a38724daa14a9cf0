"""Search: finding the answer that is current today, by words and before a question is asked twice."""
