"""The community: questions, answers and their freshness, moderation, the desk, notifications, and the pages."""
