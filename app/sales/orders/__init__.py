"""Orders: one form for every channel (M1, M6, O1–O5).

Words: an *order* has *lines*; its *channel* is HANDHELD, EMAIL, CALL_CENTRE or API; an *order refusal* remembers that a
form was refused and why; a *version* is what an order said before or after a change; a *no-order report* gives the
*reason* why a visit ended with no order; an outlet's *turnover* is what it ordered lately. Owns `orders`,
`order_lines`, `order_versions`, `order_refusals`, `no_order_reports`, `no_order_reasons`, `outlet_turnovers`.
"""
