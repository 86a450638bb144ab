"""All SQL of workdays."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.planning.workdays.models import Workday

_PLAIN = ("begins", "ends", "service_minutes", "area_type")
_COMPOSED = {"lunch": ("minutes", "earliest", "latest"), "start": ("open", "lat", "lon"), "end": ("open", "lat", "lon")}


async def of_territories(session: AsyncSession, territory_ids: Collection[int]) -> dict[int, Workday]:
    """What these territories have set."""
    workdays = await session.scalars(select(Workday).where(Workday.territory_id.in_(territory_ids)))
    return {workday.territory_id: workday for workday in workdays if workday.territory_id is not None}


async def of_reps(session: AsyncSession, rep_ids: Collection[int]) -> dict[int, Workday]:
    """What these reps have of their own."""
    workdays = await session.scalars(select(Workday).where(Workday.rep_id.in_(rep_ids)))
    return {workday.rep_id: workday for workday in workdays if workday.rep_id is not None}


async def stands(
    session: AsyncSession, *, territory_id: int | None = None, rep_id: int | None = None
) -> Workday | None:
    """What a territory or a rep has set, locked until the commit."""
    query = select(Workday).with_for_update().execution_options(populate_existing=True)
    query = query.where(Workday.territory_id == territory_id if rep_id is None else Workday.rep_id == rep_id)
    return (await session.scalars(query)).one_or_none()


async def put(
    session: AsyncSession,
    parts: Mapping[str, Any],
    at: datetime,
    by: str,
    *,
    territory_id: int | None,
    rep_id: int | None,
) -> None:
    """Write what is set from now on; the version counts up."""
    values = columns_of(parts) | {"updated_at": at, "updated_by": by}
    owner = {"territory_id": territory_id} if rep_id is None else {"rep_id": rep_id}
    await session.execute(
        insert(Workday)
        .values(**values, **owner, version=1)
        .on_conflict_do_update(index_elements=list(owner), set_=values | {"version": Workday.version + 1})
    )


def columns_of(parts: Mapping[str, Any]) -> dict[str, Any]:
    """A workday as it is kept."""
    columns = {name: parts[name] for name in _PLAIN}
    for name, members in _COMPOSED.items():
        part = parts[name] or {}
        columns |= {f"{name}_{member}": part.get(member) for member in members}
    return columns


def parts_of(workday: Workday | None) -> Mapping[str, Any]:
    """A kept workday by its parts, None where it is not set."""
    if workday is None:
        return {}
    parts: dict[str, Any] = {name: getattr(workday, name) for name in _PLAIN}
    parts["lunch"] = None
    if workday.lunch_minutes is not None:
        parts["lunch"] = {
            "minutes": workday.lunch_minutes,
            "earliest": workday.lunch_earliest,
            "latest": workday.lunch_latest,
        }
    for name in ("start", "end"):
        lat, lon, is_open = (getattr(workday, f"{name}_{part}") for part in ("lat", "lon", "open"))
        parts[name] = None if is_open is None else {"lat": lat, "lon": lon, "open": is_open}
    return parts
