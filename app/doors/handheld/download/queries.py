"""The SQL of downloads: what changed for a rep, kind by kind, each in the order of a key to go on after."""

import re
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, bindparam, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.download import master_queries as masters
from app.doors.handheld.download.records import Beginning, DownloadExtent, Item, Reader
from app.field.visits.models import Visit
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep

_BEGIN = text("""
    SELECT system_identifier, timeline_id, database.oid::bigint AS database,
        CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS oldest_running, territory.time_zone
    FROM pg_control_system(), pg_control_checkpoint(), pg_database AS database, territories AS territory
    WHERE database.datname = current_database() AND territory.id = :territory_id
""")

_VISITS = (
    select(
        Visit.id,
        Rep.code.label("rep_code"),
        Outlet.code.label("outlet_code"),
        Visit.visit_date,
        Visit.sequence,
        Visit.approved_at.is_not(None).label("planned"),
        Visit.excused_at.is_not(None).label("excused"),
        Visit.expected_at,
    )
    .join(Outlet, Outlet.id == Visit.outlet_id)
    .join(Rep, Rep.id == Visit.rep_id)
    .where(Visit.rep_id == bindparam("rep_id"))
    .where(Visit.visit_date.between(bindparam("visits_from"), bindparam("window_to")))
    .where(or_(Visit.changed_in >= bindparam("since"), Visit.visit_date > bindparam("visits_to")))
    .where(Visit.id > bindparam("after"))
    .order_by(Visit.id)
    .limit(bindparam("limit", type_=Integer))
)

_BEFORE_ALL = UUID(int=0)


async def begin(session: AsyncSession, territory_id: int) -> Beginning | None:
    """The download's first statement: every transaction below `oldest_running` has ended, its rows are visible."""
    row = (await session.execute(_BEGIN, {"territory_id": territory_id})).one_or_none()
    if row is None:
        return None
    # the identifier is an unsigned number that PostgreSQL tells as a signed one
    origin = (row.system_identifier & (2**63 - 1), row.timeline_id, row.database)
    return Beginning(origin, row.oldest_running, ZoneInfo(row.time_zone))


async def _visits(session: AsyncSession, extent: DownloadExtent, after: str | None, limit: int) -> list[Item]:
    names = ["rep_id", "visits_from", "window_to", "visits_to", "since"]
    rows = await session.execute(_VISITS, extent.parameters(names, limit) | {"after": _visit_id(after)})
    return [(str(row.id), row._asdict() | {"id": str(row.id)}) for row in rows]


def _visit_id(after: str | None) -> UUID:
    return UUID(after) if after else _BEFORE_ALL


READERS: tuple[tuple[str, Reader], ...] = (
    ("reasons", masters.reasons),
    ("products", masters.products),
    ("prices", masters.prices),
    ("stock", masters.stock),
    ("outlets", masters.outlets),
    ("visits", _visits),
)
"""The kinds of rows by name, in the order in which they are sent."""

_KEYS = {
    "reasons": re.compile(r".{0,200}"),
    "visits": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}
_ID = re.compile(r"[0-9]{1,9}")


def is_position(kind: int, key: str) -> bool:
    """Whether a download can go on with this kind after this key; an empty one is before the first."""
    if not 0 <= kind < len(READERS):
        return False
    return not key or _KEYS.get(READERS[kind][0], _ID).fullmatch(key) is not None
