"""What somebody may have meant to type, from the words that the community itself uses."""
