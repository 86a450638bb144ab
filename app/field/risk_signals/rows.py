"""Recorded check-ins and orders as the rules look at them."""

from app.field.risk_signals.signals import FieldEvent
from app.ground.db.statements import maker_of

event_of = maker_of(FieldEvent)
"""The event of a row that has its columns; the code of its outlet comes from beside it."""
