"""Closing months: what has waited is settled, the month is marked, its statements are written (P4, P6).

It stands above the cutoff, whose penalties may wait for a review, and above the statements, which it has written. Owns
no table.
"""
