"""The rep of the handheld's door, whose records are told and taken away here."""

from tests.doors.handheld.conftest import field, sync

__all__ = ["field", "sync"]
