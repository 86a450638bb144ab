"""The scheduler process: closes due days, expires call tasks, finalises penalties, keeps partitions ahead."""
