"""What the ledger and the boards have to know of posts: their tags, whether causes stand, and which answers are current."""
