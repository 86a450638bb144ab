"""What outlets order, and what becomes of it."""
