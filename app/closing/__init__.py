"""The end of the day: the cutoff, the calls that follow it, and the figures (M8)."""
