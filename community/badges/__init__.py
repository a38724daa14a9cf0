"""Badges: where the deeds they count are found, who hears of an award, and their pages. Rules: `reputation.badges.rules`."""
