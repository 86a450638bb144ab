"""Returns: what goes back from outlets, who answers for it, and the figures of what came and went back (D4, D5).

Words: a *return* has *lines*, each accepted or declined; a *correction* is a later content of the same id, and makes a
new *version*; a *party* answers for a line, by a *decision* or by its reason; the rep that a line belongs to is derived
from deliveries whenever it is asked for. Owns `returns`, `return_lines`, `return_versions`, `return_decisions`.
"""
