"""What `make bench` runs: every figure is a ratio to what PostgreSQL alone does on the same machine in the same run."""
