"""The database: the mapped base, sessions and transactions, the cutoff barrier, partitions, the private cluster."""
