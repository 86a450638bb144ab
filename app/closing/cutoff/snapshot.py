"""A run's snapshot: its missing visits, between the statement that takes it and those that write what follows."""

from sqlalchemy import Boolean, Integer, Text, Uuid

from app.ground.db.temporary import TemporaryTable

SNAPSHOT = TemporaryTable(
    "cutoff_snapshot",
    {
        "visit_id": Uuid(),
        "rep_id": Integer(),
        "outlet_id": Integer(),
        "cause": Text(),
        "no_order_reason": Text(),
        "provisional": Boolean(),
        "answers": Boolean(),
        "late": Boolean(),
    },
)
"""Columns as `missing_orders` has them, and `late`: orders came after the cutoff. In the order of their outlets."""
