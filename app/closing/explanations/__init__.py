"""Explanations: why an entry of a ledger is what it is, and what would have made it another (P8).

Words: an entry is explained by the facts *as they were* when it was booked, told from the records as they are
(decision 72). What *may still change* it is told by what is known now. Owns no table.
"""
