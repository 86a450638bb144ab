"""Deliveries: what came of orders, matched line by line, and who answers where it differs (D1 to D3).

Words: a *delivery* has *lines*, and fills an order or none; a *correction* is a later content of the same id, and makes
a new *version*; an order's *fulfilment* is what all its deliveries come to, *settled* once nothing more is awaited; a
*mismatch* is a kind of difference of a line, *answered by* a *party*; a *conclusion* is what a fulfilment was found to
be, for whoever acts on it. Owns `deliveries`, `delivery_lines`, `delivery_versions`, `fulfilments`,
`fulfilment_decisions`.
"""
