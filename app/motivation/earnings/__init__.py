"""What orders earn and cost after the day: by doubts that were confirmed (P2, P4).

Words: an order was *dumped* where somebody has confirmed that it was averaged, or taken from afar. Owns no table.
"""
