"""What the day is worth to the people: the points ledger (M3)."""
