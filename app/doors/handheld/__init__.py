"""The handheld's door: upload, download, and the same events one at a time.

Words: an *upload* brings *events* (check-ins, orders, no-order reports) that were recorded with or without a network;
each gets its own *result*. A *download* tells what changed since a *sync token*. Composes check-ins, orders, signals
and the cutoff's late settlement. Owns no table.
"""
