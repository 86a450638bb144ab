"""What open pages hear while it happens: one reading of what has changed for all who look, as server-sent events."""
