"""The search engines, and what people type."""
