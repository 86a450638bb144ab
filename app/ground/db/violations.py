"""Which constraint a statement has violated."""

from sqlalchemy.exc import IntegrityError


def constraint_name(error: IntegrityError) -> str | None:
    """The name of the violated constraint, where the server sent it."""
    cause = error.orig.__cause__ if error.orig else None
    return getattr(cause, "constraint_name", None)
