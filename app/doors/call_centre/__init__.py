"""The operators' door: claim the next call task, tell its outcome, take the order. Owns no table.

It stands above the cutoff because an order that an operator takes also settles the penalty of the visit that brought
none.
"""
