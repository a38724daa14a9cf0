"""Boards: what people gained in a week, a month and ever, by tag; kept with every entry, so that no board scans the ledger."""
