"""The order form as a file: written for outlets, read when it comes back (M6)."""
