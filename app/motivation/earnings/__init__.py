"""What orders earn and cost after the day: by what came of them, and by doubts that were confirmed (P2, P3, P4).

Words: an order was *dumped* where somebody has confirmed that it was averaged, or taken from afar; its *fulfilment* is
what all its deliveries came to (D2). Owns no table.
"""
