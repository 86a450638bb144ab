"""The SQL of downloads: what changed for a rep, kind by kind, each in the order of a key to go on after."""

import re
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.handheld.download import master_queries as masters
from app.doors.handheld.download.records import Beginning, DownloadExtent, Item, Reader
from app.doors.handheld.download.sync_tokens import Epoch
from app.field.visits.models import Visit
from app.ground.positions.models import PositionEpoch
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory

_EPOCH = func.jsonb_build_array(
    PositionEpoch.id,
    PositionEpoch.system_identifier,
    PositionEpoch.timeline,
    PositionEpoch.database_oid,
    PositionEpoch.known_to,
)
_EPOCHS = select(func.jsonb_agg(aggregate_order_by(_EPOCH, PositionEpoch.number))).scalar_subquery().label("epochs")
_BEGIN = select(
    func.position_horizon().label("oldest_running"),
    func.position_limit().label("seen_to"),
    Territory.time_zone,
    _EPOCHS,
).where(Territory.id == bindparam("territory_id"))

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
_UNSIGNED = 2**63 - 1
"""A cluster's identifier is an unsigned number that PostgreSQL tells as a signed one."""


async def begin(session: AsyncSession, territory_id: int) -> Beginning | None:
    """The download's first statement: every transaction below `oldest_running` has ended, its rows are visible."""
    row = (await session.execute(_BEGIN, {"territory_id": territory_id})).one_or_none()
    if row is None:
        return None
    epochs = tuple(Epoch(id_, (system & _UNSIGNED, *origin), end) for id_, system, *origin, end in row.epochs)
    return Beginning(epochs, row.oldest_running, row.seen_to, ZoneInfo(row.time_zone))


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
