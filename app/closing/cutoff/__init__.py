"""The 17:00 cutoff (M8, C1–C8).

Words: a *cutoff run* closes one territory's day; a *missing order* is a planned visit that had no order then, with its
*cause*; a *resolution* is what a later order or an excuse changed about it (C4). Runs and missing orders are snapshots:
they are never edited. Owns `cutoff_runs`, `missing_orders`, `missing_order_resolutions`.
"""
