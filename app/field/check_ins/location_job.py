"""Where the check-ins themselves say that an outlet stands elsewhere: the system's location proposals (V4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Date, and_, bindparam, exists, func, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.geofence import GeofenceVerdict
from app.field.check_ins.models import CheckIn
from app.masters.outlets.geodesy import distance_m, distances_m
from app.masters.outlets.models import LocationProposal, Outlet, OutletLocation
from app.masters.outlets.proposals import SystemProposal, propose_by_system
from app.masters.outlets.rules import DEFAULT_RADIUS_M, geometric_median

LEAST_CHECK_INS = 5
LEAST_DAYS = 2
LEAST_REPS = 2
APART_M = 50.0
"""Proposals of two outlets nearer than this are one place, and one place is never two outlets'."""
LOOK_BACK = timedelta(days=60)
MAX_ACCURACY_M = 100.0

_usable = and_(
    CheckIn.business_date >= bindparam("since", type_=Date),
    CheckIn.trusted,
    ~CheckIn.mock,
    CheckIn.lat.is_not(None),
    CheckIn.accuracy_m > 0.0,
    CheckIn.accuracy_m <= MAX_ACCURACY_M,
)
_decided = (
    select(func.max(LocationProposal.decided_at))
    .where(LocationProposal.outlet_id == Outlet.id, LocationProposal.rep_id.is_(None))
    .correlate(Outlet)
    .scalar_subquery()
)
_open = exists().where(
    LocationProposal.outlet_id == Outlet.id, LocationProposal.rep_id.is_(None), LocationProposal.decision.is_(None)
)
_newest = (CheckIn.business_date.desc(), CheckIn.id)
_disagreeing = (
    select(
        Outlet.id,
        Outlet.territory_id,
        Outlet.location_version,
        func.array_agg(aggregate_order_by(CheckIn.id, *_newest)).label("ids"),
        func.array_agg(aggregate_order_by(CheckIn.lat, *_newest)).label("lats"),
        func.array_agg(aggregate_order_by(CheckIn.lon, *_newest)).label("lons"),
        func.count(CheckIn.business_date.distinct()).label("days"),
        func.count(CheckIn.rep_id.distinct()).label("reps"),
    )
    .join(Outlet, and_(Outlet.id == CheckIn.outlet_id, Outlet.location_version == CheckIn.location_version))
    .where(
        _usable,
        CheckIn.verdict == GeofenceVerdict.OUTSIDE,
        # what a supervisor has already said no to is no news
        CheckIn.received_at > func.coalesce(_decided, func.to_timestamp(0)),
        Outlet.active,
        ~_open,
    )
    .group_by(Outlet.id)
    .having(
        func.count() >= LEAST_CHECK_INS,
        func.count(CheckIn.business_date.distinct()) >= LEAST_DAYS,
        func.count(CheckIn.rep_id.distinct()) >= LEAST_REPS,
    )
    .subquery("disagreeing")
)
_agreeing = (
    select(func.count().label("agreeing"))
    .where(
        _usable,
        CheckIn.outlet_id == _disagreeing.c.id,
        CheckIn.location_version == _disagreeing.c.location_version,
        CheckIn.verdict == GeofenceVerdict.INSIDE,
    )
    .lateral("agreeing")
)
_OUTLETS = (
    select(_disagreeing, _agreeing.c.agreeing, OutletLocation.lat, OutletLocation.lon, OutletLocation.radius_m)
    .select_from(_disagreeing)
    .join(
        OutletLocation,
        and_(OutletLocation.outlet_id == _disagreeing.c.id, OutletLocation.version == _disagreeing.c.location_version),
    )
    .join(_agreeing, true())
    .where(_agreeing.c.agreeing < func.cardinality(_disagreeing.c.ids))
    .order_by(_disagreeing.c.id)
)
# what the system has proposed for any outlet, and nobody has said no to
_STANDING = select(LocationProposal.outlet_id, LocationProposal.lat, LocationProposal.lon).where(
    LocationProposal.rep_id.is_(None), func.coalesce(LocationProposal.decision, "") != "rejected"
)


async def propose_from_check_ins(session: AsyncSession, at: datetime) -> int:
    """Propose a location for each outlet that its check-ins of the last 60 days disagree with; answers how many.

    An outlet counts where at least 5 trusted check-ins by at least 2 days and 2 reps were OUTSIDE of its current
    location, and more of them than were INSIDE; mock fixes, and fixes without a usable accuracy, are left out. Where
    one rep alone comes, it is the rep who proposes, and a supervisor who gives the second word (V4). The proposal is
    the geometric median. One place is never proposed for several outlets: it is where somebody else was. Three
    statements; an outlet with an open proposal of the system gets no second one.
    """
    rows = (await session.execute(_OUTLETS, {"since": (at - LOOK_BACK).date()})).all()
    if not rows:
        return 0
    standing = [(row.outlet_id, row.lat, row.lon) for row in await session.execute(_STANDING)]
    return await propose_by_system(session, _apart(_proposals(rows), standing), at)


def _apart(proposals: Sequence[SystemProposal], standing: Sequence[tuple[int, float, float]]) -> list[SystemProposal]:
    """Those of the proposals that are near no other outlet's: among themselves, and among those (outlet, lat, lon)."""
    places = [*standing, *((proposal.outlet_id, proposal.lat, proposal.lon) for proposal in proposals)]
    outlet_ids, lats, lons = zip(*places, strict=True)
    return [
        proposal
        for proposal in proposals
        if not np.any(
            (distances_m(proposal.lat, proposal.lon, lats, lons) < APART_M)
            & (np.array(outlet_ids) != proposal.outlet_id)
        )
    ]


def _proposals(rows: Sequence[Any]) -> list[SystemProposal]:
    proposals = []
    for row in rows:
        median = geometric_median(list(zip(row.lats, row.lons, strict=True)))
        evidence = {
            "location_version": row.location_version,
            "distance_m": round(distance_m(row.lat, row.lon, median.lat, median.lon), 1),
            "spread_m": round(median.spread_m, 1),
            "days": row.days,
            "reps": row.reps,
            "agreeing": row.agreeing,
            "check_ins": [str(check_in) for check_in in row.ids],
        }
        radius_m = row.radius_m or DEFAULT_RADIUS_M
        proposals.append(SystemProposal(row.id, row.territory_id, median.lat, median.lon, radius_m, evidence))
    return proposals
