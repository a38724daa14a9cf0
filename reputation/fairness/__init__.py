"""Fairness: finding votes and acceptances that were arranged. Pure rules over plain records; whoever calls them brings those."""
