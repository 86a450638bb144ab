"""What a company might pick instead of Fieldproof, measured with the same orders: see `benchmarks/peers.md`."""
