"""Orders in time: what a planned visit earns by one, and what one past its outlet's own due time costs (P2, P3, P4).

Words: an order *clears* a visit where it came after the cutoff and was captured before it, on the spot (C4). A proof is
*doubted* while it rests on a check-in with an open doubt about where or when it was (P4): it waits for a review. An
order was *dumped* where somebody has confirmed that doubt. Owns no table.
"""
