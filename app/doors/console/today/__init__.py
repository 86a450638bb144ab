"""Today: how each rep's day goes, until the cutoff and after it, alive."""
