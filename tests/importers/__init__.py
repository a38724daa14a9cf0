"""The import of Stack Exchange dumps."""
