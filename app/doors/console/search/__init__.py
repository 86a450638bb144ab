"""Search: outlets, reps and orders by what somebody remembers of them."""
