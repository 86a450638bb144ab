"""Outlets: found by what somebody remembers of them, each with what is agreed, its figures, and its whole story."""
