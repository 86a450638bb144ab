"""Visit ids that carry their date, so that a look-up by id goes to one partition."""

import secrets
from datetime import UTC, date, datetime
from uuid import UUID

_MILLISECONDS_A_DAY = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()


def new_visit_id(visit_date: date) -> UUID:
    """A random id whose first 48 bits are the unix milliseconds of `visit_date` at 00:00 UTC (RFC 9562, version 8)."""
    day = (visit_date.toordinal() - _EPOCH) * _MILLISECONDS_A_DAY
    if day < 0:
        raise ValueError("visits before 1970 have no id")
    random = secrets.randbits(74)
    return UUID(int=day << 80 | 0x8 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1)


def date_in(visit_id: UUID) -> date | None:
    """The day in a visit's id; None where the id cannot be one of ours."""
    day, remainder = divmod(visit_id.int >> 80, _MILLISECONDS_A_DAY)
    if visit_id.version != 8 or remainder:
        return None
    try:
        return datetime.fromtimestamp(day * 86_400, UTC).date()
    except (OverflowError, ValueError):
        return None
