"""Reviews of doubts, and what they change (V6, P4).

A doubt costs nothing by itself. One that is confirmed about an order costs points, and takes back what the order
earned; one about a proof decides the penalty that waited for it. Owns no table.
"""
